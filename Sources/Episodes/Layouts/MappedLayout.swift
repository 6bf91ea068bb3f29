import Determinism
import HDF5

/// Reads headers of files in no known layout, as a recipe's columns say.
struct MappedLayout {
    let file: HDF5File
    let source: DemonstrationSource

    private var columns: [Column] { source.columns }

    /// - Parameter stem: the file's name, by which the episode of a file is called.
    func episodes(_ scan: LayoutScan, stem: String) throws -> [EpisodeHeader] {
        let actions = columns.filter { if case .action = $0 { true } else { false } }
        guard actions.count == 1, let action = actions.first else {
            throw mistake("one column .action(…)", actions.isEmpty ? "none" : "\(actions.count)")
        }
        let root = file.root
        switch source.episodes {
        case .file:
            return [try episode(root, id: stem, action, scan)]
        case .groups(let path):
            let parent = try Self.isRoot(path) ? root : root.group(path)
            let names = parent.names.filter { parent.kind(of: $0) == .group }
            // Groups of something else stand beside episodes.
            let episodes = names.filter { (try? parent.group($0).kind(of: action.path)) == .dataset }
            guard !episodes.isEmpty else {
                throw EpisodeError(
                    file: file.path, object: path, expected: "groups with '\(action.path)'",
                    found: names.prefix(4).map { "'\($0)'" }.joined(separator: ", "),
                    remedy: "look at the file with 'orchestrate inspect'")
            }
            return try episodes.map { try episode(parent.group($0), id: $0, action, scan) }
        case .ends, .ids, .flags:
            return try flat(action).episodes(scan).map { header in
                var header = header
                if header.instruction.isEmpty { header.instruction = try text(in: root) }
                return header
            }
        }
    }

    private static func isRoot(_ path: String) -> Bool { path.isEmpty || path == "/" }

    private func flat(_ action: Column) throws -> FlatLayout {
        let dataset = try file.root.dataset(action.path)
        let rows = dataset.shape.first ?? 0
        let ranges: [Range<Int>]
        switch source.episodes {
        case .ends(let name): ranges = try EpisodeEnds.byEnds(name, rows: rows, file)
        case .ids(let name): ranges = try EpisodeEnds.byIDs(name, rows: rows, file)
        case .flags(let names): ranges = try EpisodeEnds.byFlags(names, rows: rows, file)
        case .file, .groups: ranges = [0..<rows]
        }
        for column in columns {
            if case .instruction = column { continue }
            let found = try file.root.dataset(column.path)
            guard found.shape.first == rows else {
                throw EpisodeError(
                    file: file.path, object: column.path, expected: "\(rows) rows, as many as '\(action.path)' has",
                    found: "\(found.element) of shape \(found.shape)")
            }
        }
        return FlatLayout(
            file: file, cameras: named { if case .image = $0 { true } else { false } },
            sensors: named { if case .sensor = $0 { true } else { false } }, actions: action.path, rewards: reward,
            episodes: ranges)
    }

    private var reward: String? {
        columns.first { if case .reward = $0 { true } else { false } }?.path
    }

    /// Columns with the names of their streams: the last part of the path, or all of it where that is ambiguous.
    private func named(_ isWanted: (Column) -> Bool) -> [(name: String, path: String)] {
        func last(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
        return columns.filter(isWanted).map { column in
            let name = last(column.path)
            let isUnique = columns.count { last($0.path) == name } == 1
            return (isUnique ? name : column.path.split(separator: "/").joined(separator: "."), column.path)
        }
    }

    private func episode(
        _ group: HDF5Group, id: String, _ action: Column, _ scan: LayoutScan
    ) throws -> EpisodeHeader {
        let path = String(group.path.drop { $0 == "/" })
        var header = EpisodeHeader(id: id, file: file.path, group: path, observationGroup: path)
        header.actionPath = action.path
        header.actions = try scan.stream(action.path, in: group)
        if let reward { header.rewards = try scan.stream(reward, in: group) }
        header.instruction = try text(in: group)
        for sensor in named({ if case .sensor = $0 { true } else { false } }) {
            header.observations[sensor.name] = try scan.stream(sensor.path, in: group)
        }
        for camera in named({ if case .image = $0 { true } else { false } }) {
            guard let stream = try scan.stream(camera.path, in: group) else { continue }
            do {
                header.observations[camera.name] = try scan.pictures(stream, in: file, isBottomUp: false)
            } catch let error as EpisodeError {
                header.observations[camera.name] = stream
                header.failure = error
            }
        }
        return header
    }

    /// The instruction that a column names, an attribute or the first of some strings; else the one that is found.
    private func text(in group: HDF5Group) throws -> String {
        for case .instruction(let path) in columns {
            if let text = group.attributes.string(path) ?? file.root.attributes.string(path) { return text }
            if group.kind(of: path) == .dataset { return try group.dataset(path).readStrings().first ?? "" }
            throw EpisodeError(
                file: file.path, object: String(group.path.dropFirst()), expected: "a text '\(path)'", found: "nothing",
                remedy: "name an attribute or a dataset of strings, or give instruction: \"…\"")
        }
        return Instruction.find([group.attributes, file.root.attributes])
    }

    private func mistake(_ expected: String, _ found: String) -> EpisodeError {
        EpisodeError(
            file: file.path, object: "columns", expected: expected, found: found, exitCode: ExitCode.badRecipe)
    }
}
