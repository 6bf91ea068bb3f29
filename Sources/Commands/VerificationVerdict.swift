import Inspection
import Observatory

/// What computing a run again has shown.
struct VerificationVerdict: Encodable {
    enum Word: String, Encodable {
        case equal, differs
        /// Not deterministic: its stored outputs have the recorded digests, and were handed on.
        case recorded
        /// It failed, or needs one that did.
        case notComputed
    }

    struct Unit: Encodable {
        let name: String
        let verdict: Word
        let outputs: [Output]
    }

    struct Output: Encodable {
        let name: String
        /// SHA-256 of the recorded output.
        let recorded: String
        /// SHA-256 of the one made again; absent when there is none.
        let computed: String?
    }

    /// Where the first unit differs.
    struct FirstDifference: Encodable {
        let unit: String
        let output: String
        /// `nil` when what was recorded is no longer stored.
        let difference: Difference?
    }

    let schema = 1
    let run: String
    let ranks: Int
    let recordedRanks: Int
    let kernels: String?
    let equal: Bool
    let units: [Unit]
    let first: FirstDifference?

    var differs: Bool { units.contains { $0.verdict == .differs } }

    private enum CodingKeys: String, CodingKey {
        case schema, run, ranks, recordedRanks, kernels, equal, units, first
    }

    init(
        run: String, ranks: Int, recordedRanks: Int, kernels: String?, units: [Unit], first: FirstDifference?
    ) {
        self.run = run
        self.ranks = ranks
        self.recordedRanks = recordedRanks
        self.kernels = kernels
        self.units = units
        self.first = first
        equal = units.allSatisfy { $0.verdict == .equal || $0.verdict == .recorded }
    }

    var lines: [String] {
        var lines: [String] = []
        func names(_ word: Word) -> [String] { units.filter { $0.verdict == word }.map(\.name) }
        func list(_ names: [String]) -> String {
            names.prefix(8).joined(separator: ", ") + (names.count > 8 ? " and \(names.count - 8) more" : "")
        }
        if let first {
            lines.append("DIFFERS: the first is output '\(first.output)' of unit \(first.unit)")
            if let found = first.difference {
                let place = [found.file, found.place].filter { !$0.isEmpty }.joined(separator: ": ")
                var line = "  \(place): recorded \(found.first), computed \(found.second)"
                if let elements = found.elements { line += "; \(elements.differing) of \(elements.of) differ" }
                lines.append(line)
            } else {
                lines.append("  what was recorded is no longer stored; only the digests differ")
            }
            lines.append("  \(names(.differs).count) units differ: \(list(names(.differs)))")
        }
        if !names(.recorded).isEmpty {
            lines.append(
                "not computed again, for they are not deterministic; stored as recorded: \(list(names(.recorded)))")
        }
        if !names(.notComputed).isEmpty { lines.append("not computed: \(list(names(.notComputed)))") }
        let outputs = units.filter { $0.verdict == .equal }.reduce(0) { $0 + $1.outputs.count }
        let how = "\(ranks) rank\(ranks == 1 ? "" : "s")\(kernels.map { ", kernels \($0)" } ?? "")"
        lines.append(
            (equal ? "verified: " : "")
                + "\(outputs) outputs of \(names(.equal).count) units of \(run) are the same on \(how) (recorded on \(recordedRanks))"
        )
        return lines
    }
}
