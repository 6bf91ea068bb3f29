import Foundation

/// The curves in a file of JSON lines, one line per step: numbers by name, nested names joined by dots.
struct StepCurves {
    /// Points by name, in file order.
    private(set) var points: [String: [(x: Double, y: Double)]] = [:]

    init(_ data: Data) {
        for line in data.split(separator: 10) {
            guard let object = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any],
                let step = (object["step"] as? NSNumber)?.doubleValue
            else { continue }
            collect(object, prefix: "", step: step)
        }
    }

    private mutating func collect(_ object: [String: Any], prefix: String, step: Double) {
        for (key, value) in object {
            if let inner = value as? [String: Any] {
                collect(inner, prefix: prefix + key + ".", step: step)
            } else if let number = value as? NSNumber {
                points[prefix + key, default: []].append((step, number.doubleValue))
            }
        }
    }

    /// The charts of a training: loss, loss by modality, other figures.
    func charts(of unit: String) -> [LineChart] {
        func series(_ key: String, _ name: String, dashed: Bool = false, color: Int? = nil) -> LineChart.Series? {
            points[key].map { LineChart.Series(name: name, points: $0, isDashed: dashed, color: color) }
        }
        var charts: [LineChart] = []
        let losses = [series("loss", "training"), series("validation.loss", "held out", dashed: true)].compactMap { $0 }
        if !losses.isEmpty {
            charts.append(LineChart(title: "\(unit): loss", xLabel: "step", series: losses))
        }
        let modalities = keys(below: "modalities.").enumerated().flatMap { index, name in
            [
                series("modalities." + name, name, color: index),
                series("validation.modalities." + name, name + ", held out", dashed: true, color: index),
            ].compactMap { $0 }
        }
        if !modalities.isEmpty {
            charts.append(LineChart(title: "\(unit): loss by modality", xLabel: "step", series: modalities))
        }
        for (key, name) in [("gradientNorm", "gradient norm"), ("learningRate", "learning rate")] {
            if let curve = series(key, name) {
                charts.append(LineChart(title: "\(unit): \(name)", xLabel: "step", series: [curve]))
            }
        }
        if charts.isEmpty {
            // Somebody else's figures: each on its own, since their units differ.
            for key in points.keys.sorted() where key != "step" && key != "total" {
                guard charts.count < 6, let curve = series(key, key) else { continue }
                charts.append(LineChart(title: "\(unit): \(key)", xLabel: "step", series: [curve]))
            }
        }
        return charts
    }

    private func keys(below prefix: String) -> [String] {
        points.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }.sorted()
    }
}
