import Determinism
public import HDF5
import Synchronization

/// The structure of demonstrations in one file or many: episodes, streams and filter keys, without their data.
public struct DemonstrationHeader: Hashable, Sendable {
    /// The file, or the folder of files.
    public let path: String
    /// Never ``Layout/automatic``.
    public let layout: Layout
    /// In natural order of their names.
    public let episodes: [EpisodeHeader]
    /// JSON text of the attribute `env_args`; empty when there is none.
    public let environment: String
    /// Names of the masks, sorted.
    public let filterKeys: [String]
    /// Names of the action's dimensions, as the recipe gives them; empty for none.
    public let actionNames: [String]
    /// What people should know of them, such as what a layout lacks.
    public let remarks: [String]

    /// Reads the structure of `path` in whichever layout it is; no stream is read.
    ///
    /// - Throws: `HDF5Error` or ``EpisodeError`` naming file, object, what was expected and what was found.
    public static func scan(_ path: String, from origin: HDF5File.Origin = .outside) throws -> DemonstrationHeader {
        try scan(DemonstrationSource(path), from: origin)
    }

    /// Reads the structure of `source`; no stream is read but what marks the ends of episodes.
    ///
    /// Results are kept while no file changes, because several shards of a file ask for the same.
    /// - Throws: `HDF5Error` or ``EpisodeError`` naming file, object, what was expected and what was found.
    public static func scan(
        _ source: DemonstrationSource, from origin: HDF5File.Origin = .outside
    ) throws -> DemonstrationHeader {
        let paths = try source.paths()
        let identity = source.identity(paths)
        let last = known.withLock { $0 }
        if let last, last.source == source, last.identity == identity { return last.header }
        let header = try DemonstrationHeader(source, paths, from: origin)
        known.withLock { $0 = Known(source: source, identity: identity, header: header) }
        return header
    }

    private struct Known {
        let source: DemonstrationSource
        let identity: [String]
        let header: DemonstrationHeader
    }

    private static let known = Mutex<Known?>(nil)

    /// An episode to name in messages: the first that can be read.
    var sample: EpisodeHeader { episodes.first { $0.failure == nil } ?? episodes[0] }

    private init(_ source: DemonstrationSource, _ paths: [String], from origin: HDF5File.Origin) throws {
        var scan = LayoutScan(source: source)
        for path in paths {
            do {
                try scan.add(HDF5File(reading: path, from: origin), isAlone: paths.count == 1)
            } catch let error as HDF5Error where paths.count > 1 {
                // A file is at most an episode where others can be read.
                scan.add(unreadable: path, error)
            }
        }
        guard let layout = scan.layout, scan.episodes.contains(where: { $0.failure == nil }) else {
            throw scan.episodes.first?.failure
                ?? EpisodeError(
                    file: source.path, object: scan.layout.map { $0 == .robomimic ? "data" : "" } ?? "",
                    expected: "at least one episode", found: "no episode", remedy: "is the recording complete?")
        }
        path = source.path
        self.layout = layout
        episodes = scan.episodes
        environment = scan.environment
        filterKeys = scan.filterKeys.sorted(by: NaturalOrder.precedes)
        actionNames = source.actionNames
        remarks = scan.remarks
    }
}
