import Foundation

// T time, D dimensions of an action.

/// Actions of one episode beside what was predicted for it.
///
/// Read from any JSON that holds a list `traces` of objects with `episode`, `recorded` `[T][D]`, `predicted` `[T][D]` and,
/// if they have names, `dimensions` `[D]`.
struct ActionTrace {
    let episode: String
    let dimensions: [String]
    /// `[T][D]`; empty when there is nothing to compare with.
    let recorded: [[Double]]
    /// `[T][D]`.
    let predicted: [[Double]]

    /// All traces anywhere in a JSON text.
    static func find(in data: Data) -> [ActionTrace] {
        guard let value = try? JSONSerialization.jsonObject(with: data) else { return [] }
        return find(in: value)
    }

    private static func find(in value: Any) -> [ActionTrace] {
        if let list = value as? [Any] { return list.flatMap { find(in: $0) } }
        guard let object = value as? [String: Any] else { return [] }
        if let traces = object["traces"] as? [Any] {
            return traces.compactMap { ($0 as? [String: Any]).flatMap { ActionTrace($0) } }
        }
        return object.keys.sorted().flatMap { find(in: object[$0] as Any) }
    }

    private init?(_ object: [String: Any]) {
        func rows(_ names: [String]) -> [[Double]] {
            for name in names {
                if let rows = object[name] as? [[NSNumber]] { return rows.map { $0.map(\.doubleValue) } }
            }
            return []
        }
        predicted = rows(["predicted", "prediction", "generated", "actions"])
        recorded = rows(["recorded", "actual", "true", "truth", "expert"])
        guard let width = predicted.first?.count, width > 0, predicted.allSatisfy({ $0.count == width }),
            recorded.allSatisfy({ $0.count == width })
        else { return nil }
        episode = object["episode"] as? String ?? object["id"] as? String ?? object["name"] as? String ?? "episode"
        let names = object["dimensions"] as? [String] ?? []
        dimensions = names.count == width ? names : (0..<width).map { "action \($0)" }
    }

    /// One chart per dimension.
    func charts(of unit: String) -> [LineChart] {
        dimensions.indices.map { dimension in
            func curve(_ name: String, _ rows: [[Double]], dashed: Bool) -> LineChart.Series {
                LineChart.Series(
                    name: name, points: rows.enumerated().map { (Double($0), $1[dimension]) }, isDashed: dashed)
            }
            return LineChart(
                title: "\(unit), \(episode): \(dimensions[dimension])", xLabel: "control step",
                series: [curve("recorded", recorded, dashed: false), curve("predicted", predicted, dashed: true)],
                height: 190)
        }
    }
}
