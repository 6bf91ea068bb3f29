import Determinism
import Inspection
import Ledger
import Observatory

/// What two files, folders or outputs of units have not in common.
struct ThingDifference: DifferenceReport {
    /// Two outputs of one name, or two paths.
    struct Pair: Encodable {
        /// The output's name; absent for paths.
        let output: String?
        let comparison: Comparison
    }

    let schema = 1
    let first: String
    let second: String
    let equal: Bool
    let pairs: [Pair]
    /// Outputs that only one of the things has.
    let unmatched: [String]

    var isEqual: Bool { equal }

    private enum CodingKeys: String, CodingKey { case schema, first, second, equal, pairs, unmatched }

    /// - Throws: what resolving a name or reading a file throws, each error with its exit code.
    init(_ first: String, _ second: String, options: GlobalOptions) throws {
        self.first = first
        self.second = second
        let here = try InspectionTarget(first, store: options.storePath).places
        let there = try InspectionTarget(second, store: options.storePath).places
        let progress = InspectionProgress(isShown: Narration.isInteractive && !options.quiet)
        defer { progress.clear() }
        func compare(_ here: String, _ there: String) throws -> Comparison {
            try Comparison(here, there) { progress.report($0, $1, of: $2) }
        }
        if here.count == 1, there.count == 1 {
            pairs = [Pair(output: nil, comparison: try compare(here[0].path, there[0].path))]
            unmatched = []
        } else {
            pairs = try here.compactMap { place in
                guard let other = there.first(where: { $0.output == place.output }) else { return nil }
                return Pair(output: place.output, comparison: try compare(place.path, other.path))
            }
            let both = Set(pairs.compactMap(\.output))
            unmatched = (here + there).compactMap(\.output).filter { !both.contains($0) }
        }
        equal = unmatched.isEmpty && pairs.allSatisfy(\.comparison.isEqual)
    }

    var lines: [String] {
        var lines = unmatched.map { "only one of them has the output \($0)" }
        for pair in pairs {
            for difference in pair.comparison.differences {
                let file = [pair.output ?? "", difference.file].filter { !$0.isEmpty }.joined(separator: "/")
                let place = [file, difference.place].filter { !$0.isEmpty }.joined(separator: ": ")
                var line = (place.isEmpty ? "" : place + ": ") + "\(difference.first) → \(difference.second)"
                if let elements = difference.elements {
                    line += "; \(elements.differing) of \(elements.of) differ"
                    if let largest = difference.largest { line += ", by at most \(HumanText.number(largest))" }
                }
                lines.append(line)
            }
            lines += pair.comparison.shortened.map {
                "more differences of \($0.isEmpty ? "these files" : $0) are not listed"
            }
        }
        let files = pairs.reduce(0) { $0 + $1.comparison.files }
        let bytes = pairs.reduce(0) { $0 + $1.comparison.bytes }
        let compared = "\(files) file\(files == 1 ? "" : "s"), \(HumanText.bytes(bytes)) compared"
        return lines + [equal ? "the same: \(compared)" : compared]
    }
}
