public import Episodes
import Ranks
public import Recipes
public import WorkGraph

/// Divides episodes into training, validation and test, in three new selections; the shards stay where they are.
public struct SplitKind: UnitKind {
    public static let description = KindDescription(
        name: "Split", summary: "Divides episodes into training, validation and test.", isRandom: true)

    @Input(.unlabelled, help: "Episodes to divide.") var episodes: EpisodeSet
    @Setting(in: 0...1, help: "Fraction of the episodes held out for validation.") var validation: Double = 0.1
    @Setting(in: 0...1, help: "Fraction of the episodes held out for the test.") var test: Double = 0.0
    @Setting(help: "What decides: a hash of each episode's name, or filter keys of the file.") var by: SplitRule =
        .episode

    public init() {}

    public func place(label: CallLabel) -> EpisodeSplit {
        let node = node(label: label)
        var members: [String: [PortReference]] = [:]
        for part in Self.parts {
            members["\(part).shards"] = episodes.wiring.members["shards"] ?? []
            members["\(part).selection"] = [PortReference(node: node, output: "\(part).selection")]
        }
        return EpisodeSplit(wiring: Wiring(members: members, call: UnitCall(label: label, nodes: [node])))
    }

    private static let parts = ["training", "validation", "test"]

    public var outputs: [OutputDeclaration] {
        Self.parts.map { OutputDeclaration(name: "\($0).selection", type: PortType("EpisodeSelection")) }
    }

    public func plan(_ draft: inout UnitDraft, _ context: PlanContext) throws {
        guard validation + test < 1 else {
            throw ArgumentError(
                argument: "validation",
                message:
                    "validation: \(validation) and test: \(test) leave nothing for training; their sum must be below 1")
        }
        draft.estimate.bytesWritten = 20_000
    }

    public func run(_ context: UnitContext) throws {
        guard context.gang.rank == 0 else { return }
        let selection = try EpisodeSelection.read(context.path("episodes.selection"))
        let division = EpisodeDivision(rule: by, validation: validation, test: test)
        let divided = try division.divide(selection, seed: context.seed)
        for (part, selection) in zip(Self.parts, [divided.training, divided.validation, divided.test]) {
            try context.write(try selection.encoded(), to: "\(part).selection")
            context.reporter.figure("\(part)_episodes", Double(selection.episodes.count))
        }
    }
}

/// Divides episodes into training, validation and test.
public func Split(
    _ episodes: EpisodeSet, validation: Double = 0.1, test: Double = 0.0, by: SplitRule = .episode
) -> EpisodeSplit {
    let kind = SplitKind()
    kind.episodes = episodes
    kind.validation = validation
    kind.test = test
    kind.by = by
    return kind.place()
}
