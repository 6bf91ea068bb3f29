import Foundation
import HDF5

/// Where demonstrations are and what is told of them beforehand.
public struct DemonstrationSource: Hashable, Sendable {
    /// A file, or a folder of files.
    public var path: String
    public var layout: Layout
    /// Which files of a folder: a name with `*` for any characters; empty for all HDF5 files.
    public var files: String
    /// What makes an episode, for ``Layout/columns``.
    public var episodes: EpisodeBoundary
    /// What datasets are for; given ones mean ``Layout/columns``.
    public var columns: [Column]
    /// The instruction of episodes whose file has none.
    public var instruction: String
    /// Names of the action's dimensions; empty for `action_0` and so on.
    public var actionNames: [String]
    public var firstRow: FirstRow
    public var channelOrder: ChannelOrder

    public init(
        _ path: String, layout: Layout = .automatic, files: String = "", episodes: EpisodeBoundary = .file,
        columns: [Column] = [], instruction: String = "", actionNames: [String] = [], firstRow: FirstRow = .automatic,
        channelOrder: ChannelOrder = .rgb
    ) {
        self.path = path
        self.layout = columns.isEmpty ? layout : .columns
        self.files = files
        self.episodes = episodes
        self.columns = columns
        self.instruction = instruction
        self.actionNames = actionNames
        self.firstRow = firstRow
        self.channelOrder = channelOrder
    }

    private static let suffixes = ["hdf5", "h5", "hdf"]

    /// The files to read, in the natural order of their names.
    ///
    /// - Throws: ``EpisodeError`` when nothing is there or no file of a folder fits.
    func paths() throws -> [String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw EpisodeError.missing(path)
        }
        guard isFolder.boolValue else { return [path] }
        let names = try FileManager.default.contentsOfDirectory(atPath: path)
        let chosen = names.filter { name in
            files.isEmpty
                ? Self.suffixes.contains((name as NSString).pathExtension.lowercased()) && !name.hasPrefix(".")
                : Self.matches(name, files)
        }.sorted(by: NaturalOrder.precedes)
        guard !chosen.isEmpty else {
            let there = names.sorted(by: NaturalOrder.precedes).prefix(4).map { "'\($0)'" }.joined(separator: ", ")
            throw EpisodeError(
                file: path, expected: files.isEmpty ? "HDF5 files in this folder" : "files named '\(files)'",
                found: there.isEmpty ? "an empty folder" : there,
                remedy: "name the files of a folder with files: \"episode_*.hdf5\"")
        }
        return chosen.map { path + "/" + $0 }
    }

    /// Whether `name` is `pattern`, in which `*` stands for any characters.
    static func matches(_ name: String, _ pattern: String) -> Bool {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false).map(String.init)
        guard let first = parts.first, let last = parts.last else { return name.isEmpty }
        guard parts.count > 1 else { return name == pattern }
        guard name.hasPrefix(first), name.hasSuffix(last), name.count >= first.count + last.count else { return false }
        var rest = name.dropFirst(first.count).dropLast(last.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.range(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return true
    }

    /// What tells these files from what they were before.
    func identity(_ paths: [String]) -> [String] {
        paths.map { path in
            let attributes = (try? FileManager.default.attributesOfItem(atPath: path)) ?? [:]
            let modified = (attributes[.modificationDate] as? Date)?.timeIntervalSinceReferenceDate ?? 0
            return "\(path)|\(attributes[.size] as? Int ?? 0)|\(modified.bitPattern)"
        }
    }
}
