import Determinism
import Inspection
import Ledger

/// What two runs have not in common: what they were asked, what they were made of, and what came out.
struct RunDifference: Encodable {
    /// One thing that differs.
    struct Row: Encodable, Equatable {
        let what: String
        let first: String
        let second: String
    }

    /// Whether units of one name have equal keys and outputs.
    enum Verdict: String, Encodable {
        /// Equal keys, equal outputs.
        case same
        /// Equal keys, and outputs that differ: somewhere the promise of equal bits was broken.
        case broken
        /// Other keys and equal outputs.
        case sameOutputs
        /// Other keys and other outputs.
        case other
        /// Only one of the runs has a result.
        case unfinished
        case onlyFirst, onlySecond
    }

    struct Unit: Encodable {
        let name: String
        let verdict: Verdict
        /// Outputs whose digests differ.
        let outputs: [String]
        /// Figures of merit that differ.
        let figures: [Row]
    }

    let schema = 1
    let first: String
    let second: String
    /// Whether the results are the same; what they were made with may differ.
    let equal: Bool
    let recipe: [Row]
    let parameters: [Row]
    let data: [Row]
    let environment: [Row]
    let units: [Unit]

    var isEqual: Bool { equal }

    private enum CodingKeys: String, CodingKey {
        case schema, first, second, equal, recipe, parameters, data, environment, units
    }

    init(_ first: RunDirectory, _ second: RunDirectory) throws {
        let locks = try (LockFile.read(first.lockFile), LockFile.read(second.lockFile))
        let summaries = try (RunJournal.summary(of: first), RunJournal.summary(of: second))
        self.first = first.name
        self.second = second.name
        recipe =
            Self.rows([
                ("recipe", locks.0.recipe, locks.1.recipe), ("seed", "\(locks.0.seed)", "\(locks.1.seed)"),
            ])
            + TextComparison.lines(locks.0.recipeText, locks.1.recipeText).prefix(1).map {
                Row(what: "text, from " + $0.place, first: $0.first, second: $0.second)
            }
        parameters = Self.rows(Self.join(locks.0.parameters, locks.1.parameters))
        data = Self.rows(
            Self.join(
                Dictionary(
                    locks.0.inputs.map { ($0.path, $0.digest.hexDigits) }, uniquingKeysWith: { first, _ in first }),
                Dictionary(
                    locks.1.inputs.map { ($0.path, $0.digest.hexDigits) }, uniquingKeysWith: { first, _ in first }))
        )
        environment = Self.rows(
            [
                ("numerics", "\(locks.0.numericsVersion)", "\(locks.1.numericsVersion)"),
                ("program", locks.0.programVersion, locks.1.programVersion),
                ("compiler", locks.0.toolchain, locks.1.toolchain),
                ("processor", locks.0.processor, locks.1.processor),
                ("ranks", "\(summaries.0.rankCount)", "\(summaries.1.rankCount)"),
                ("commit", locks.0.git?.commit ?? "none", locks.1.git?.commit ?? "none"),
                (
                    "uncommitted changes", Self.lines(locks.0.git?.dirtyDiff ?? ""),
                    Self.lines(locks.1.git?.dirtyDiff ?? "")
                ),
            ] + Self.join(locks.0.libraries, locks.1.libraries))
        units = Self.units(summaries.0.units, summaries.1.units)
        equal = units.allSatisfy { $0.verdict == .same || $0.verdict == .sameOutputs }
    }

    private static func units(_ first: [UnitOutcome], _ second: [UnitOutcome]) -> [Unit] {
        let others = Dictionary(second.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let known = Set(first.map(\.name))
        return first.map { here in
            guard let there = others[here.name] else {
                return Unit(name: here.name, verdict: .onlyFirst, outputs: [], figures: [])
            }
            let made = (
                Dictionary(here.outputs.map { ($0.name, $0.digest) }, uniquingKeysWith: { first, _ in first }),
                Dictionary(there.outputs.map { ($0.name, $0.digest) }, uniquingKeysWith: { first, _ in first })
            )
            let differing = Set(made.0.keys).union(made.1.keys).filter { made.0[$0] != made.1[$0] }.sorted()
            let figures = rows(
                join(here.figures.mapValues { "\($0)" }, there.figures.mapValues { "\($0)" }))
            let verdict: Verdict =
                if here.outputs.isEmpty || there.outputs.isEmpty {
                    here.outputs.isEmpty && there.outputs.isEmpty && here.key == there.key ? .same : .unfinished
                } else if differing.isEmpty {
                    here.key == there.key ? .same : .sameOutputs
                } else {
                    here.key == there.key ? .broken : .other
                }
            return Unit(name: here.name, verdict: verdict, outputs: differing, figures: figures)
        }
            + second.filter { !known.contains($0.name) }.map {
                Unit(name: $0.name, verdict: .onlySecond, outputs: [], figures: [])
            }
    }

    private static func join(_ first: [String: String], _ second: [String: String]) -> [(String, String, String)] {
        Set(first.keys).union(second.keys).sorted().map { ($0, first[$0] ?? "absent", second[$0] ?? "absent") }
    }

    private static func rows(_ all: [(String, String, String)]) -> [Row] {
        all.filter { $0.1 != $0.2 }.map { Row(what: $0.0, first: $0.1, second: $0.2) }
    }

    /// What stands for a long text in a row: as many lines, and the first digits of its digest.
    private static func lines(_ text: String) -> String {
        text.isEmpty
            ? "none"
            : "\(text.split(separator: "\n").count) lines (\(Digest(of: Array(text.utf8)).hexDigits.prefix(8)))"
    }
}
