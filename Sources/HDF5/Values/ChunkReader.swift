/// Gathers rows of a dataset that is stored in chunks.
struct ChunkReader {
    let file: FileBytes
    let dataset: HDF5Dataset
    let chunks: [StoredDataset.Chunk]
    let chunkShape: [Int]
    private let pipeline: FilterPipeline
    /// Chunks along each axis.
    private let grid: [Int]
    /// Bytes of one element.
    private let width: Int
    /// Bytes of one chunk.
    let chunkBytes: Int

    /// - Throws: ``HDF5Error`` when a chunk claims to be larger than the file can hold.
    init(_ dataset: HDF5Dataset, _ chunks: [StoredDataset.Chunk], file: FileBytes) throws(HDF5Error) {
        self.file = file
        self.dataset = dataset
        self.chunks = chunks
        let shape = dataset.shape
        chunkShape = dataset.chunkShape ?? shape
        width = dataset.element.bytes
        grid = zip(shape, chunkShape).map { ($0 - 1 + $1) / $1 }
        pipeline = FilterPipeline(filters: dataset.stored.filters, elementBytes: width)
        var bytes = width
        for length in chunkShape {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: length)
            guard !overflow, product <= dataset.file.plausibleBytes else {
                throw HDF5Error(
                    .badFile, file: file.path, object: dataset.path,
                    message: "its chunks of \(chunkShape) are more than the file can hold; it is damaged")
            }
            bytes = product
        }
        chunkBytes = bytes
    }

    /// Whether a chunk is a number of whole rows.
    var isOfWholeRows: Bool { chunkShape.dropFirst().elementsEqual(dataset.shape.dropFirst()) }

    /// Fills `buffer`, which has the bytes of exactly these rows, with elements as they are stored.
    func read(_ rows: Range<Int>, into buffer: UnsafeMutableRawBufferPointer) throws(HDF5Error) {
        let shape = dataset.shape
        let rowBytes = shape.dropFirst().reduce(width, *)
        let columns = grid.dropFirst().reduce(1, *)
        for band in rows.lowerBound / chunkShape[0]...(rows.upperBound - 1) / chunkShape[0] {
            let first = band * chunkShape[0]
            let inside = max(first, rows.lowerBound)..<min(first + chunkShape[0], rows.upperBound)
            let start = (inside.lowerBound - rows.lowerBound) * rowBytes
            let place = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[start..<start + inside.count * rowBytes])
            for column in 0..<columns {
                let number = band * columns + column
                if isOfWholeRows && inside.count == chunkShape[0] {
                    try unsafe expand(number, into: place)
                    continue
                }
                let chunk = try expanded(number)
                unsafe chunk.withUnsafeBytes { chunk in
                    unsafe copy(chunk, column: column, from: inside.lowerBound - first, to: place)
                }
            }
        }
    }

    /// A whole chunk as elements are stored; it is kept for the next rows of it.
    private func expanded(_ number: Int) throws(HDF5Error) -> [UInt8] {
        func expand() throws(HDF5Error) -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: chunkBytes)
            var failure: HDF5Error?
            unsafe bytes.withUnsafeMutableBytes { chunk in
                do throws(HDF5Error) { try unsafe self.expand(number, into: chunk) } catch { failure = error }
            }
            if let failure { throw failure }
            return bytes
        }
        guard let address = chunks[number].address else { return try expand() }
        return try dataset.file.expandedChunks.chunk(at: address, expand)
    }

    /// Copies the part of a chunk that lies within the shape to its place in a band of rows.
    ///
    /// - Parameters:
    ///   - column: the chunk's place among those of its band, row-major.
    ///   - row: the row of the chunk that is the band's first.
    private func copy(
        _ chunk: UnsafeRawBufferPointer, column: Int, from row: Int, to band: UnsafeMutableRawBufferPointer
    ) {
        let shape = dataset.shape
        let rank = shape.count
        // Where the chunk begins in each axis but the first, and how much of it there is.
        var origin = [Int](repeating: 0, count: rank)
        var rest = column
        for axis in stride(from: rank - 1, to: 0, by: -1) {
            origin[axis] = rest % grid[axis] * chunkShape[axis]
            rest /= grid[axis]
        }
        var extent = (0..<rank).map { min(chunkShape[$0], shape[$0] - origin[$0]) }
        extent[0] = band.count / shape.dropFirst().reduce(width, *)
        // Axes that the chunk fills are copied as one run.
        var runAxis = rank - 1
        while runAxis > 0 && chunkShape[runAxis] == shape[runAxis] { runAxis -= 1 }
        let below = shape[(runAxis + 1)...].reduce(width, *)
        let run = extent[runAxis] * below
        var index = [Int](repeating: 0, count: runAxis)
        while true {
            var from = 0
            var to = 0
            for axis in 0..<runAxis {
                from = from * chunkShape[axis] + index[axis] + (axis == 0 ? row : 0)
                to = to * shape[axis] + index[axis] + origin[axis]
            }
            from = (from * chunkShape[runAxis] + (runAxis == 0 ? row : 0)) * below
            to = (to * shape[runAxis] + origin[runAxis]) * below
            unsafe UnsafeMutableRawBufferPointer(rebasing: band[to..<to + run]).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: chunk[from..<from + run]))
            var axis = runAxis - 1
            while axis >= 0 {
                index[axis] += 1
                if index[axis] < extent[axis] { break }
                index[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }

    /// Expands a chunk, which `buffer` holds exactly.
    private func expand(_ number: Int, into buffer: UnsafeMutableRawBufferPointer) throws(HDF5Error) {
        let chunk = chunks[number]
        guard chunk.address != nil else {
            unsafe FillValue.write(dataset.stored.fillValue, into: buffer)
            return
        }
        if pipeline.filters.isEmpty, chunk.bytes == chunkBytes, let address = chunk.address {
            try unsafe file.read(at: address, into: buffer, object: dataset.path)
            return
        }
        if let wrong = unsafe pipeline.expand(try stored(number), skipped: chunk.skippedFilters, into: buffer) {
            throw damaged(number, wrong)
        }
    }

    /// The bytes of a chunk as they stand in the file; empty when it was never written.
    func stored(_ number: Int) throws(HDF5Error) -> [UInt8] {
        let chunk = chunks[number]
        guard let address = chunk.address else { return [] }
        guard chunk.bytes <= file.identity.bytes else { throw damaged(number, "it claims \(chunk.bytes) bytes") }
        return try file.bytes(at: address, count: chunk.bytes, object: dataset.path)
    }

    /// - Throws: ``HDF5Error`` when a stored chunk does not expand to exactly one chunk.
    func check(_ number: Int, _ stored: [UInt8], scratch: inout [UInt8]) throws(HDF5Error) {
        if scratch.count != chunkBytes { scratch = [UInt8](repeating: 0, count: chunkBytes) }
        let skipped = chunks[number].skippedFilters
        if let wrong = unsafe scratch.withUnsafeMutableBytes({
            unsafe pipeline.expand(stored, skipped: skipped, into: $0)
        }) {
            throw damaged(number, wrong)
        }
    }

    private func damaged(_ number: Int, _ what: String) -> HDF5Error {
        let row = number / max(1, grid.dropFirst().reduce(1, *)) * chunkShape[0]
        return HDF5Error(
            .badFile, file: file.path, object: dataset.path, message: "row \(row): \(what); the file is damaged")
    }
}

/// What was never written.
enum FillValue {
    /// Repeats `value`, one stored element, over `buffer`; zeros when there is none.
    static func write(_ value: [UInt8]?, into buffer: UnsafeMutableRawBufferPointer) {
        guard let value, !value.isEmpty, value.contains(where: { $0 != 0 }) else {
            unsafe buffer.initializeMemory(as: UInt8.self, repeating: 0)
            return
        }
        for start in stride(from: 0, to: buffer.count - value.count + 1, by: value.count) {
            unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[start..<start + value.count]).copyBytes(from: value)
        }
    }
}
