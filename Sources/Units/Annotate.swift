public import Episodes
import Ranks
public import Recipes
public import WorkGraph

/// Gives episodes new labels in a new selection; the shards stay where they are, so relabelling writes kilobytes.
public struct AnnotateKind: UnitKind {
    public static let description = KindDescription(
        name: "Annotate", summary: "Gives episodes a new instruction, success or filter key, by a rule.")

    @Input(.unlabelled, help: "Episodes to label.") var episodes: EpisodeSet
    @Setting(help: "Which episodes.") var matching: EpisodeRule = .all
    @Setting(help: "Their new instruction.") var instruction: String? = nil
    @Setting(help: "Whether they reached their goal.") var success: Bool? = nil
    @Setting(help: "A filter key to list them under.") var filterKey: String? = nil

    public init() {}

    public func place(label: CallLabel) -> EpisodeSet {
        let node = node(label: label)
        return EpisodeSet(
            wiring: Wiring(
                members: [
                    "shards": episodes.wiring.members["shards"] ?? [],
                    "selection": [PortReference(node: node, output: "selection")],
                ], call: UnitCall(label: label, nodes: [node])))
    }

    public var outputs: [OutputDeclaration] {
        [OutputDeclaration(name: "selection", type: PortType("EpisodeSelection"))]
    }

    public func plan(_ draft: inout UnitDraft, _ context: PlanContext) throws {
        guard instruction != nil || success != nil || filterKey != nil else {
            throw ArgumentError(
                argument: "matching", message: "nothing to write; give instruction:, success: or filterKey:")
        }
        draft.estimate.bytesWritten = 20_000
    }

    public func run(_ context: UnitContext) throws {
        guard context.gang.rank == 0 else { return }
        let annotation = EpisodeAnnotation(
            rule: matching, instruction: instruction, success: success, filterKey: filterKey)
        let (selection, count) = try annotation.apply(to: EpisodeSelection.read(context.path("episodes.selection")))
        try context.write(try selection.encoded(), to: "selection")
        context.reporter.log("\(count) of \(selection.episodes.count) episodes were labelled")
        context.reporter.figure("labelled", Double(count))
    }
}

/// Gives episodes a new instruction, success or filter key, by a rule.
public func Annotate(
    _ episodes: EpisodeSet, matching: EpisodeRule = .all, instruction: String? = nil, success: Bool? = nil,
    filterKey: String? = nil
) -> EpisodeSet {
    let kind = AnnotateKind()
    kind.episodes = episodes
    kind.matching = matching
    kind.instruction = instruction
    kind.success = success
    kind.filterKey = filterKey
    return kind.place()
}
