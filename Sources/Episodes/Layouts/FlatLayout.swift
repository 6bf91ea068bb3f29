import HDF5

/// Reads headers of files in which all episodes stand after one another.
struct FlatLayout {
    /// What ends an episode in D4RL's files.
    static let endings = ["terminals", "timeouts"]

    let file: HDF5File
    /// Paths below the root, by the stream's name.
    let cameras: [(name: String, path: String)]
    let sensors: [(name: String, path: String)]
    let actions: String
    let rewards: String?
    /// Rows of each episode.
    let episodes: [Range<Int>]

    /// D4RL: `observations` `[N, D]`, `actions` `[N, A]`, `rewards`, `terminals` and `timeouts` `[N]`.
    ///
    /// - Source: Fu et al., D4RL (arXiv:2004.07219), appendix on the dataset's format.
    static func d4rl(_ file: HDF5File) throws -> FlatLayout {
        let root = file.root
        let flags = endings.filter { root.kind(of: $0) == .dataset }
        let rows = try root.dataset("actions").shape.first ?? 0
        return FlatLayout(
            file: file, cameras: [], sensors: [("observations", "observations")], actions: "actions",
            rewards: root.kind(of: "rewards") == .dataset ? "rewards" : nil,
            episodes: try EpisodeEnds.byFlags(flags, rows: rows, file))
    }

    func episodes(_ scan: LayoutScan) throws -> [EpisodeHeader] {
        let root = file.root
        let instruction = Instruction.find([root.attributes])
        return try episodes.enumerated().map { number, rows in
            var header = EpisodeHeader(id: "episode_\(number)", file: file.path, group: "", observationGroup: "")
            header.instruction = instruction
            header.actions = try scan.stream(actions, in: root, rows: rows)
            if let rewards { header.rewards = try scan.stream(rewards, in: root, rows: rows) }
            for sensor in sensors {
                header.observations[sensor.name] = try scan.stream(sensor.path, in: root, rows: rows)
            }
            for camera in cameras {
                guard let stream = try scan.stream(camera.path, in: root, rows: rows) else { continue }
                header.observations[camera.name] = try scan.pictures(stream, in: file, isBottomUp: false)
            }
            return header
        }
    }
}

/// Finds where episodes end in files that hold all after one another.
enum EpisodeEnds {
    /// Episodes that end with rows on which any flag is true; what follows the last flag is an episode too.
    static func byFlags(_ names: [String], rows: Int, _ file: HDF5File) throws -> [Range<Int>] {
        var ends = [Bool](repeating: false, count: rows)
        for name in names {
            let dataset = try file.root.dataset(name)
            let flags = try numbers(dataset, rows: rows)
            for row in 0..<rows where flags[row] != 0 { ends[row] = true }
        }
        return ranges(ends: ends.indices.filter { ends[$0] }.map { $0 + 1 }, rows: rows)
    }

    /// Episodes whose last rows stand before the listed ones.
    static func byEnds(_ name: String, rows: Int, _ file: HDF5File) throws -> [Range<Int>] {
        let dataset = try file.root.dataset(name)
        let ends = try dataset.read(Int64.self)
        var last: Int64 = 0
        for (place, end) in ends.enumerated() {
            guard end > last || (end == last && place > 0), end <= Int64(rows) else {
                throw EpisodeError(
                    file: file.path, object: name, expected: "ascending ends up to \(rows) rows",
                    found: "\(end) behind \(last) in row \(place)")
            }
            last = end
        }
        guard last == Int64(rows) else {
            throw EpisodeError(
                file: file.path, object: name, expected: "\(rows) as the last end, the rows of the actions",
                found: "\(last)")
        }
        return ranges(ends: ends.map { Int($0) }, rows: rows)
    }

    /// Episodes that are runs of one number.
    static func byIDs(_ name: String, rows: Int, _ file: HDF5File) throws -> [Range<Int>] {
        let ids = try numbers(file.root.dataset(name), rows: rows)
        let ends = ids.indices.dropFirst().filter { ids[$0] != ids[$0 - 1] }
        return ranges(ends: Array(ends), rows: rows)
    }

    private static func numbers(_ dataset: HDF5Dataset, rows: Int) throws -> [Double] {
        guard dataset.element.isNumeric, dataset.shape.first == rows, try dataset.count() == rows else {
            throw EpisodeError(
                file: dataset.file.path, object: String(dataset.path.dropFirst()),
                expected: "\(rows) numbers, one per row of the actions",
                found: "\(dataset.element) of shape \(dataset.shape)")
        }
        return try dataset.read(Double.self)
    }

    private static func ranges(ends: [Int], rows: Int) -> [Range<Int>] {
        var start = 0
        var result: [Range<Int>] = []
        for end in ends {
            result.append(start..<end)
            start = end
        }
        if start < rows { result.append(start..<rows) }
        return result
    }
}
