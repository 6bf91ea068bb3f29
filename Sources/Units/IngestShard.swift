import Episodes
import Ranks
import Recipes
import WorkGraph

/// Makes one shard of an `Ingest` call.
struct IngestShardKind: UnitKind {
    typealias Result = EpisodeShards

    static let description = KindDescription(
        name: "IngestShard", summary: "Makes one shard of an Ingest call.", isInternal: true)

    @Source(.unlabelled, help: "HDF5 file with the demonstrations, or a folder of such files.") var data: String
    @Setting(help: "How the files are laid out; found by looking unless it is said.") var layout: Layout = .automatic
    @Setting(help: "Cameras to take, by name; all when empty.") var cameras: [String] = []
    @Setting(help: "Sensors to take, by name; when empty all of one width.") var sensors: [String] = []
    @Setting(help: "Files of a folder, such as episode_*.hdf5; all HDF5 files when empty.") var files: String = ""
    @Setting(help: "What makes an episode; with columns.") var episodes: EpisodeBoundary = .file
    @Setting(help: "What datasets are for, where no layout fits.") var columns: [Column] = []
    @Setting(help: "Names of the action's numbers; action_0 and so on when empty.") var actionNames: [String] = []
    @Setting(help: "The instruction of episodes whose file has none.") var instruction: String = ""
    @Setting(help: "Which row of pictures is stored first.") var firstRow: FirstRow = .automatic
    @Setting(help: "The order of colours in stored pictures.") var channelOrder: ChannelOrder = .rgb
    @Setting(in: 0...9_999, help: "Which part this is, from 0.") var shard: Int = 0
    @Setting(in: 1...10_000, help: "Parts to divide the episodes into, by bytes.") var shards: Int = 1
    @Setting(help: "What to do with a damaged episode.") var onDamage: DamagePolicy = .drop
    @Setting(in: 0...1, help: "Fraction of the episodes that may be dropped for damage.") var damageBudget: Double = 0.1

    init() {}

    var part: String? { "shard-\(shard)" }

    /// Opens the file's headers, so that what is missing or damaged fails before anything runs.
    func plan(_ draft: inout UnitDraft, _ context: PlanContext) throws {
        let path = draft.sources.first { $0.port == "data" }?.path ?? context.absolute(data)
        let header = try DemonstrationHeader.scan(source(path))
        let (builder, warnings) = try builder(header)
        if shard == 0 {
            draft.warnings += warnings
            let damaged = try builder.check(budget: damageBudget)
            if let first = damaged.first {
                draft.warnings.append(
                    "\(damaged.count) of \(header.episodes.count) episodes are damaged and will be dropped; the first: \(first.error)"
                )
            }
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
        let header = try DemonstrationHeader.scan(source(data))
        let (builder, _) = try builder(header)
        try builder.write(
            shard: shard, of: shards, to: context.output("shards")
        ) { done, count in
            guard context.stop == .none else { throw Interrupted() }
            context.reporter.progress(done, of: count, figures: [:])
        }
    }

    private func source(_ path: String) -> DemonstrationSource {
        DemonstrationSource(
            path, layout: layout, files: files, episodes: episodes, columns: columns, instruction: instruction,
            actionNames: actionNames, firstRow: firstRow, channelOrder: channelOrder)
    }

    private func builder(_ header: DemonstrationHeader) throws -> (EpisodeShardBuilder, warnings: [String]) {
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
