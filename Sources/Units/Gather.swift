import Episodes
import HDF5
import Ranks
public import Recipes
import WorkGraph

/// Demonstrations that another unit made, as episode shards and a selection of all of them.
public struct GatherKind: UnitKind {
    public static let description = KindDescription(
        name: "Gather", summary: "Divides simulated demonstrations into episode shards.")

    @Input(.unlabelled, help: "Demonstrations of a Simulate unit.") var demonstrations: Demonstrations
    @Setting(help: "Cameras to take; all when empty.") var cameras: [String] = []
    @Setting(help: "Sensors to take; when empty all of one width.") var sensors: [String] = []
    @Setting(in: 1...10_000, help: "Parts to divide the episodes into, by bytes.") var shards: Int = 1

    public init() {}

    public func place(label: CallLabel) -> EpisodeSet {
        let nodes = (0..<max(1, shards)).map { shard in
            let kind = GatherShardKind()
            kind.demonstrations = demonstrations
            kind.cameras = cameras
            kind.sensors = sensors
            kind.shards = shards
            kind.shard = shard
            return kind.node(label: label)
        }
        return IngestIndexKind.gather(nodes, label: label, damageBudget: 0)
    }

    /// The call's units run, not the call.
    public func run(_ context: UnitContext) throws {
        preconditionFailure("'Gather' stands for several units and does not run itself")
    }
}

/// Divides simulated demonstrations into episode shards.
public func Gather(
    _ demonstrations: Demonstrations, cameras: [String] = [], sensors: [String] = [], shards: Int = 1
) -> EpisodeSet {
    let kind = GatherKind()
    kind.demonstrations = demonstrations
    kind.cameras = cameras
    kind.sensors = sensors
    kind.shards = shards
    return kind.place()
}

/// Makes one shard of a `Gather` call.
struct GatherShardKind: UnitKind {
    typealias Result = EpisodeShards

    static let description = KindDescription(
        name: "GatherShard", summary: "Makes one shard of a Gather call.", isInternal: true)

    @Input(.unlabelled, help: "Demonstrations of a Simulate unit.") var demonstrations: Demonstrations
    @Setting(help: "Cameras to take.") var cameras: [String] = []
    @Setting(help: "Sensors to take.") var sensors: [String] = []
    @Setting(in: 1...10_000, help: "Parts in all.") var shards: Int = 1
    @Setting(in: 0...9_999, help: "Which part this is, from 0.") var shard: Int = 0

    init() {}

    var part: String? { "shard-\(shard)" }

    func plan(_ draft: inout UnitDraft, _ context: PlanContext) throws {
        let made = context.parents["demonstrations.demonstrations"]?.first?.estimate.bytesWritten ?? 0
        draft.estimate.bytesRead = made / Double(shards)
        draft.estimate.bytesWritten = made / Double(shards)
    }

    func run(_ context: UnitContext) throws {
        guard context.gang.rank == 0 else { return }
        let path = context.path("demonstrations.demonstrations")
        let header = try DemonstrationHeader.scan(path, from: .ourselves)
        let streams = try StreamChoice(cameras: cameras, sensors: sensors).schema(of: header).streams
        let builder = EpisodeShardBuilder(header: header, streams: streams, dropsDamaged: false)
        try builder.write(
            shard: shard, of: shards, to: context.output("shards"), from: .ourselves
        ) { done, count in
            guard context.stop == .none else { throw Interrupted() }
            context.reporter.progress(done, of: count, figures: [:])
        }
    }
}
