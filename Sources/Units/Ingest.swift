import Episodes
import HDF5
import Ranks
public import Recipes
import WorkGraph

/// Recorded demonstrations as episode shards and a selection of all of them.
///
/// The call makes one `IngestShardKind` unit per shard and one light `IngestIndexKind`.
public struct IngestKind: UnitKind {
    public static let description = KindDescription(
        name: "Ingest", summary: "Reads recorded demonstrations from HDF5 into episode shards.")

    @Source(.unlabelled, help: "HDF5 file with the demonstrations.") var data: String
    @Setting(help: "How the file is laid out.") var layout: Layout = .robomimic
    @Setting(help: "Cameras to take, names below 'obs'; all when empty.") var cameras: [String] = []
    @Setting(help: "Sensors to take, names below 'obs'; when empty all of one width.") var sensors: [String] = []
    @Setting(in: 1...10_000, help: "Parts to divide the episodes into, by bytes.") var shards: Int = 1
    @Setting(help: "What to do with a damaged episode.") var onDamage: DamagePolicy = .fail

    public init() {}

    public func place(label: CallLabel) -> EpisodeSet {
        let nodes = (0..<max(1, shards)).map { shard in
            let kind = IngestShardKind()
            kind.data = data
            kind.layout = layout
            kind.cameras = cameras
            kind.sensors = sensors
            kind.shards = shards
            kind.shard = shard
            kind.onDamage = onDamage
            return kind.node(label: label)
        }
        return IngestIndexKind.gather(nodes, label: label)
    }

    /// The call's units run, not the call.
    public func run(_ context: UnitContext) throws {
        preconditionFailure("'Ingest' stands for several units and does not run itself")
    }
}

/// Reads recorded demonstrations from HDF5 into episode shards.
///
/// - Parameters:
///   - data: path of the file; relative ones start at the project folder.
///   - layout: how the file is laid out.
///   - cameras: names below `obs`; empty takes all.
///   - sensors: names below `obs`; empty takes all that have one width throughout.
///   - shards: parts of about equal bytes, each made by a unit of its own.
///   - onDamage: what to do with an episode that lacks a stream, is empty or ragged.
public func Ingest(
    _ data: String, layout: Layout = .robomimic, cameras: [String] = [], sensors: [String] = [], shards: Int = 1,
    onDamage: DamagePolicy = .fail
) -> EpisodeSet {
    let kind = IngestKind()
    kind.data = data
    kind.layout = layout
    kind.cameras = cameras
    kind.sensors = sensors
    kind.shards = shards
    kind.onDamage = onDamage
    return kind.place()
}

/// One episode shard.
struct EpisodeShards: PortBundle {
    static let bundleType = BundleType(name: "EpisodeShards", members: [.init("shards", PortType("EpisodeShard"))])
    let wiring: Wiring
    init(wiring: Wiring) { self.wiring = wiring }
}

/// Makes one shard of an `Ingest` call.
struct IngestShardKind: UnitKind {
    typealias Result = EpisodeShards

    static let description = KindDescription(
        name: "IngestShard", summary: "Makes one shard of an Ingest call.", isInternal: true)

    @Source(.unlabelled, help: "HDF5 file with the demonstrations.") var data: String
    @Setting(help: "How the file is laid out.") var layout: Layout = .robomimic
    @Setting(help: "Cameras to take.") var cameras: [String] = []
    @Setting(help: "Sensors to take.") var sensors: [String] = []
    @Setting(in: 1...10_000, help: "Parts in all.") var shards: Int = 1
    @Setting(in: 0...9_999, help: "Which part this is, from 0.") var shard: Int = 0
    @Setting(help: "What to do with a damaged episode.") var onDamage: DamagePolicy = .fail

    init() {}

    var part: String? { "shard-\(shard)" }

    /// Opens the file's headers, so that what is missing or damaged fails before anything runs.
    func plan(_ draft: inout UnitDraft, _ context: PlanContext) throws {
        let path = draft.sources.first { $0.port == "data" }?.path ?? context.absolute(data)
        let header = try RobomimicHeader.scan(path)
        let (builder, warnings) = try builder(header)
        if shard == 0 {
            draft.warnings += warnings
            try builder.check()
            if shards > header.episodes.count {
                draft.warnings.append("\(shards) shards for \(header.episodes.count) episodes: some will be empty")
            }
        }
        let part = header.episodes[builder.partition(into: shards)[shard]]
        let stored = part.reduce(0) { sum, episode in
            sum + builder.streams.cameras.reduce(0) { $0 + (episode.observations[$1.name]?.storedBytes ?? 0) }
                + builder.streams.sensors.reduce(0) { $0 + (episode.observations[$1.name]?.storedBytes ?? 0) }
                + (episode.actions?.storedBytes ?? 0)
        }
        draft.estimate.bytesRead = Double(stored)
        draft.estimate.bytesWritten = Double(stored)
    }

    func run(_ context: UnitContext) throws {
        guard context.gang.rank == 0 else { return }
        let path = data
        let header = try RobomimicHeader.scan(path)
        let (builder, _) = try builder(header)
        try builder.write(
            shard: shard, of: shards, to: context.output("shards"), from: HDF5File(reading: path)
        ) { done, count in
            guard context.stop == .none else { throw Interrupted() }
            context.reporter.progress(done, of: count, figures: [:])
        }
    }

    private func builder(_ header: RobomimicHeader) throws -> (EpisodeShardBuilder, warnings: [String]) {
        do {
            let outcome = try StreamChoice(cameras: cameras, sensors: sensors).schema(of: header)
            let builder = EpisodeShardBuilder(
                header: header, streams: outcome.streams, dropsDamaged: onDamage == .drop)
            return (builder, outcome.warnings)
        } catch let refusal as StreamChoice.Refusal {
            throw ArgumentError(argument: refusal.argument, message: refusal.description)
        }
    }
}

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

    init() {}

    /// The handle on shards made by `nodes`, in order, and on the selection of all their episodes.
    static func gather(_ nodes: [UnitNode], label: CallLabel) -> EpisodeSet {
        let shards = nodes.map { PortReference(node: $0, output: "shards") }
        let index = IngestIndexKind()
        index.episodes = EpisodeShards(
            wiring: Wiring(members: ["shards": shards], call: UnitCall(label: label, nodes: nodes)))
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
        try context.write(try selection.encoded(), to: "selection")
        context.reporter.figure("episodes", Double(selection.episodes.count))
        context.reporter.figure("steps", Double(selection.steps))
        if !selection.dropped.isEmpty { context.reporter.figure("dropped", Double(selection.dropped.count)) }
    }
}
