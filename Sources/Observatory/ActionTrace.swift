import Foundation

// T time, D dimensions of an action.

/// Actions of one episode beside what was predicted for it, as `Evaluate` and `Generate` write them.
struct ActionTrace: Decodable {
    let episode: String
    /// Names, `[D]`.
    let dimensions: [String]
    /// `[T][D]`; may end before ``predicted`` does, where the episode ended.
    let recorded: [[Double]]
    /// `[T][D]`.
    let predicted: [[Double]]

    /// What a file with traces holds beside other things.
    private struct File: Decodable {
        var traces: [ActionTrace]
    }

    /// The traces in a JSON text `{"traces": [{episode, dimensions, recorded, predicted}]}`; none in any other text.
    static func read(_ data: Data) -> [ActionTrace] {
        ((try? JSONDecoder().decode(File.self, from: data))?.traces ?? []).filter { trace in
            !trace.predicted.isEmpty
                && (trace.recorded + trace.predicted).allSatisfy { $0.count == trace.dimensions.count }
        }
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
