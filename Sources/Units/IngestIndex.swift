import Episodes
import Ranks
import Recipes
import WorkGraph

/// Writes the selection of all episodes of some shards.
struct IngestIndexKind: UnitKind {
    /// A selection without its shards.
    struct Table: PortBundle {
        static let bundleType = BundleType(
            name: "EpisodeTable", members: [.init("selection", PortType("EpisodeSelection"))])
        let wiring: Wiring
        init(wiring: Wiring) { self.wiring = wiring }
    }

    typealias Result = Table

    static let description = KindDescription(
        name: "IngestIndex", summary: "Lists the episodes of the shards of an Ingest call.", isInternal: true)

    @Input(.unlabelled, help: "Shards to list.") var episodes: EpisodeShards
    @Setting(in: 0...1, help: "Fraction of the episodes that may have been dropped.") var damageBudget: Double = 1

    init() {}

    /// The handle on shards made by `nodes`, in order, and on the selection of all their episodes.
    static func gather(_ nodes: [UnitNode], label: CallLabel, damageBudget: Double) -> EpisodeSet {
        let shards = nodes.map { PortReference(node: $0, output: "shards") }
        let index = IngestIndexKind()
        index.episodes = EpisodeShards(
            wiring: Wiring(members: ["shards": shards], call: UnitCall(label: label, nodes: nodes)))
        index.damageBudget = damageBudget
        let node = index.node(label: label)
        return EpisodeSet(
            wiring: Wiring(
                members: ["shards": shards, "selection": [PortReference(node: node, output: "selection")]],
                call: UnitCall(label: label, nodes: nodes + [node])))
    }

    func run(_ context: UnitContext) throws {
        guard context.gang.rank == 0 else { return }
        let indices = try context.paths("episodes.shards").map { try EpisodeShardIndex.read(inShard: $0) }
        let selection = try EpisodeSelection.gathering(indices)
        try selection.requireDropped(atMost: damageBudget)
        for dropped in selection.dropped {
            context.reporter.log("dropped \(dropped.id): \(dropped.reason): \(dropped.detail)")
        }
        try context.write(try selection.encoded(), to: "selection")
        context.reporter.figure("episodes", Double(selection.episodes.count))
        context.reporter.figure("steps", Double(selection.steps))
        if !selection.dropped.isEmpty { context.reporter.figure("dropped", Double(selection.dropped.count)) }
    }
}
