import HDF5

/// Reads datasets in blocks of bounded size and keeps their ranges by stream.
struct RangeReader {
    /// Bytes of numbers held at a time.
    private static let blockBytes = 8 << 20

    /// In the order in which streams came first.
    private(set) var ranges: [StreamRange] = []
    private var places: [String: Int] = [:]

    /// Takes in the numbers of `dataset` under the name `stream`.
    ///
    /// - Parameter rows: the rows to take; all when `nil`.
    /// - Throws: `HDF5Error` when it cannot be read.
    mutating func add(_ dataset: HDF5Dataset, rows wanted: Range<Int>? = nil, as stream: String) throws {
        _ = try dataset.count()
        let width = dataset.shape.dropFirst().reduce(1, *)
        let place = places[stream] ?? ranges.count
        if place == ranges.count {
            places[stream] = place
            ranges.append(StreamRange(stream: stream, width: width))
        }
        guard let length = dataset.shape.first else {
            return ranges[place].add(try dataset.read(Double.self), width: 1)
        }
        guard width > 0 else { return }
        guard 8 * width <= 32 * Self.blockBytes else {
            throw HDF5Error(
                .wrongType, file: dataset.file.path, object: dataset.path,
                message: "a row of \(width) numbers is too large to be looked at")
        }
        var rows = max(1, Self.blockBytes / (8 * width))
        // Whole chunks are inflated once.
        if let chunk = dataset.chunkShape?.first, chunk > 0, chunk <= rows { rows -= rows % chunk }
        var row = wanted?.lowerBound ?? 0
        let last = min(length, wanted?.upperBound ?? length)
        while row < last {
            let end = min(last, row + rows)
            ranges[place].add(try dataset.read(Double.self, rows: row..<end), width: width)
            row = end
        }
    }
}
