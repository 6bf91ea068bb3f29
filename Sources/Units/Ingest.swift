public import Episodes
public import Recipes
import WorkGraph

/// Recorded demonstrations as episode shards and a selection of all of them.
///
/// The call makes one `IngestShardKind` unit per shard and one light `IngestIndexKind`.
public struct IngestKind: UnitKind {
    public static let description = KindDescription(
        name: "Ingest", version: 2, summary: "Reads recorded demonstrations from HDF5 into episode shards.")

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
    @Setting(in: 1...10_000, help: "Parts to divide the episodes into, by bytes.") var shards: Int = 1
    @Setting(help: "What to do with a damaged episode.") var onDamage: DamagePolicy = .drop
    @Setting(in: 0...1, help: "Fraction of the episodes that may be dropped for damage.") var damageBudget: Double = 0.1

    public init() {}

    public func place(label: CallLabel) -> EpisodeSet {
        let nodes = (0..<max(1, shards)).map { shard in
            let kind = IngestShardKind()
            kind.data = data
            kind.layout = layout
            kind.cameras = cameras
            kind.sensors = sensors
            kind.files = files
            kind.episodes = episodes
            kind.columns = columns
            kind.actionNames = actionNames
            kind.instruction = instruction
            kind.firstRow = firstRow
            kind.channelOrder = channelOrder
            kind.shards = shards
            kind.shard = shard
            kind.onDamage = onDamage
            kind.damageBudget = damageBudget
            return kind.node(label: label)
        }
        return IngestIndexKind.gather(nodes, label: label, damageBudget: damageBudget)
    }

    /// The call's units run, not the call.
    public func run(_ context: UnitContext) throws {
        preconditionFailure("'Ingest' stands for several units and does not run itself")
    }
}

/// Reads recorded demonstrations from HDF5 into episode shards.
///
/// - Parameters:
///   - data: path of the file, or of a folder of files; relative ones start at the project folder.
///   - layout: how the files are laid out; found by looking unless it is said.
///   - cameras: names of cameras; empty takes all.
///   - sensors: names of sensors; empty takes all that have one width throughout.
///   - files: which files of a folder, with `*` for any characters; empty takes all HDF5 files.
///   - episodes: what makes an episode, where columns say what datasets are for.
///   - columns: what datasets are for, where no layout fits.
///   - actionNames: names of the action's numbers.
///   - instruction: that of episodes whose file has none.
///   - firstRow: which row of pictures is stored first.
///   - channelOrder: the order of colours in stored pictures.
///   - shards: parts of about equal bytes, each made by a unit of its own.
///   - onDamage: what to do with an episode that lacks a stream, is empty, ragged or unreadable.
///   - damageBudget: the fraction of the episodes that may be dropped so.
public func Ingest(
    _ data: String, layout: Layout = .automatic, cameras: [String] = [], sensors: [String] = [], files: String = "",
    episodes: EpisodeBoundary = .file, columns: [Column] = [], actionNames: [String] = [], instruction: String = "",
    firstRow: FirstRow = .automatic, channelOrder: ChannelOrder = .rgb, shards: Int = 1, onDamage: DamagePolicy = .drop,
    damageBudget: Double = 0.1
) -> EpisodeSet {
    let kind = IngestKind()
    kind.data = data
    kind.layout = layout
    kind.cameras = cameras
    kind.sensors = sensors
    kind.files = files
    kind.episodes = episodes
    kind.columns = columns
    kind.actionNames = actionNames
    kind.instruction = instruction
    kind.firstRow = firstRow
    kind.channelOrder = channelOrder
    kind.shards = shards
    kind.onDamage = onDamage
    kind.damageBudget = damageBudget
    return kind.place()
}

/// One episode shard.
struct EpisodeShards: PortBundle {
    static let bundleType = BundleType(name: "EpisodeShards", members: [.init("shards", PortType("EpisodeShard"))])
    let wiring: Wiring
    init(wiring: Wiring) { self.wiring = wiring }
}
