import Foundation

/// Rows of the printed table and of the file.
struct ResultTable {
    let isVerbose: Bool
    private var rows: [[String: Any]] = []
    private let start = Date()

    init(isVerbose: Bool) { self.isVerbose = isVerbose }

    mutating func title(_ text: String) {
        print(String(format: "\n%@   (%.0f s)", text, -start.timeIntervalSinceNow))
    }

    /// A row of reductions in makespan, as parts of the baseline's.
    mutating func reductions(
        _ track: String, _ policy: String, _ values: [Double], cases: [String] = [], reach: String = ""
    ) {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        let median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        let mean = values.reduce(0, +) / Double(values.count)
        let worse = values.filter { $0 < -0.05 }.count
        print(
            pad(policy, 40),
            String(
                format: "mean %6.2f %%  median %6.2f %%  worst %7.2f %%  over 5 %% worse: %d of %d", 100 * mean,
                100 * median,
                100 * sorted[0], worse, values.count), reach.isEmpty ? "" : "  to reach: \(reach)")
        rows.append([
            "track": track, "policy": policy, "mean": mean, "median": median, "worst": sorted[0],
            "over5PercentWorse": worse,
            "cases": values.count,
        ])
        if isVerbose {
            for (name, value) in zip(cases, values) {
                print("    ", pad(name, 52), String(format: "%7.2f", 100 * value))
            }
        }
    }

    /// A line that only `--cases` shows.
    func detail(_ text: String) { if isVerbose { print("    ", text) } }

    /// A row of another figure.
    mutating func figure(_ track: String, _ name: String, _ value: Double, _ unit: String, reach: String = "") {
        print(pad(name, 56), String(format: "%9.3f %@", value, unit), reach.isEmpty ? "" : "  to reach: \(reach)")
        rows.append(["track": track, "figure": name, "value": value, "unit": unit])
    }

    /// Writes a line at once: tracks take minutes.
    private func print(_ parts: String...) {
        FileHandle.standardOutput.write(Data((parts.joined(separator: " ") + "\n").utf8))
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text.padding(toLength: max(width, text.count), withPad: " ", startingAt: 0)
    }

    func write(to path: String) throws {
        let object: [String: Any] = ["schema": 1, "bench": "schedule", "rows": rows]
        try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .prettyPrinted])
            .write(to: URL(fileURLWithPath: path))
    }
}
