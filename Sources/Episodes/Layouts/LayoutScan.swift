import Determinism
import HDF5
import Pictures

/// Collects the headers of the episodes of files that share a layout.
struct LayoutScan {
    let source: DemonstrationSource
    /// The layout of the first file that could be opened.
    private(set) var layout: Layout?
    private(set) var episodes: [EpisodeHeader] = []
    var environment = ""
    var filterKeys: Set<String> = []
    private(set) var remarks: [String] = []

    init(source: DemonstrationSource) { self.source = source }

    /// Appends the episodes of `file`.
    ///
    /// - Parameter isAlone: whether there is no other file, so that episodes keep their names.
    mutating func add(_ file: HDF5File, isAlone: Bool) throws {
        let layout = try layout ?? (source.layout == .automatic ? Layout.of(file) : source.layout)
        self.layout = layout
        let stem = Self.stem(file.path)
        let found: [EpisodeHeader]
        switch layout {
        case .automatic: throw Layout.unknown(file)
        case .robomimic, .libero, .robosuite: found = try groups(RobomimicLayout(scan: self, file: file, layout))
        case .minari: found = try MinariLayout(file: file).episodes(self)
        case .d4rl: found = try FlatLayout.d4rl(file).episodes(self)
        case .aloha: found = [try AlohaLayout(file: file).episode(self, id: stem)]
        case .columns: found = try MappedLayout(file: file, source: source).episodes(self, stem: stem)
        }
        let isPerFile = layout == .aloha || (layout == .columns && source.episodes == .file)
        for var episode in found {
            if !isAlone && !isPerFile { episode.id = "\(stem).\(episode.id)" }
            if episode.instruction.isEmpty { episode.instruction = source.instruction }
            episodes.append(episode)
        }
    }

    private mutating func groups(_ reader: RobomimicLayout) throws -> [EpisodeHeader] {
        let episodes = try reader.episodes()
        if environment.isEmpty { environment = reader.environment }
        filterKeys.formUnion(reader.masks.map(\.key))
        if let remark = reader.remark { note(remark) }
        return episodes
    }

    /// Notes something once.
    mutating func note(_ text: String) {
        if !remarks.contains(text) { remarks.append(text) }
    }

    /// Appends an episode of a file that cannot be read.
    mutating func add(unreadable path: String, _ error: HDF5Error) {
        var episode = EpisodeHeader(id: Self.stem(path), file: path, group: "", observationGroup: "")
        episode.failure = EpisodeError(
            file: path, object: error.object, expected: "a file that can be read", found: error.message)
        episodes.append(episode)
    }

    /// A file's name without folders and ending.
    private static func stem(_ path: String) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return name }
        return String(name[..<dot])
    }

    // MARK: Streams

    /// The dataset `name` of `group` as a stream; `nil` when there is none.
    ///
    /// - Parameter rows: the rows that belong to the episode; all when `nil`.
    func stream(_ name: String, in group: HDF5Group, rows: Range<Int>? = nil) throws -> EpisodeHeader.Stream? {
        guard group.kind(of: name) == .dataset else { return nil }
        let dataset = try group.dataset(name)
        _ = try dataset.count()
        var shape = dataset.shape
        var stored = dataset.storedBytes
        if let rows, let length = shape.first {
            // Streams of another length have other rows.
            guard rows.upperBound <= length else { return nil }
            shape[0] = rows.count
            stored = length > 0 ? Int(Double(stored) * Double(rows.count) / Double(length)) : 0
        }
        return EpisodeHeader.Stream(
            shape: shape, element: dataset.element, storedBytes: stored,
            place: StreamPlace(file: group.file.path, dataset: dataset.path, rows: rows))
    }

    /// A stream of pictures as they come out: decoded, channels last, the top row first.
    ///
    /// - Parameter isBottomUp: what the file says of the first row.
    func pictures(_ stream: EpisodeHeader.Stream, in file: HDF5File, isBottomUp: Bool) throws -> EpisodeHeader.Stream {
        var stream = stream
        let bytes = HDF5ElementType.integer(bytes: 1, signed: false)
        if stream.shape.count == 2, stream.element == bytes, stream.length > 0 {
            let dataset = try file.root.dataset(stream.place.object)
            let row = stream.place.rows?.lowerBound ?? 0
            let first = try dataset.read(UInt8.self, rows: row..<row + 1)
            if EncodedPicture.isOne(first) {
                do {
                    let picture = try EncodedPicture.decode(first)
                    stream.shape = [stream.length, picture.height, picture.width, 3]
                    stream.place.pictures.isEncoded = true
                } catch {
                    throw EpisodeError(
                        file: file.path, object: stream.place.object, expected: "a picture in row \(row)",
                        found: error.message)
                }
            }
        } else if !stream.isPictures && stream.isChannelFirst {
            stream.shape = [stream.shape[0], stream.shape[2], stream.shape[3], stream.shape[1]]
            stream.place.pictures.isChannelFirst = true
        }
        guard stream.isPictures else { return stream }
        stream.place.pictures.isBottomUp = source.firstRow == .automatic ? isBottomUp : source.firstRow == .bottom
        stream.place.pictures.isBlueFirst = source.channelOrder == .bgr
        return stream
    }
}
