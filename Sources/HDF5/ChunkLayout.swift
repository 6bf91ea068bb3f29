import CHDF5

/// Bytes in deflated chunks of whole rows, which are read and inflated here instead of through the library's chunk cache.
///
/// Each chunk is read once and inflated straight into its place; only the read holds the library's lock.
struct ChunkLayout {
    let dataset: HDF5Dataset
    /// Rows of one chunk.
    let chunkRows: Int
    /// Bytes of one row.
    let rowBytes: Int

    /// The layout of `dataset`; `nil` when it is stored in another way.
    init?(_ dataset: HDF5Dataset) {
        guard let chunk = dataset.chunkShape, dataset.filters == ["deflate"], chunk.count == dataset.shape.count,
            chunk.count > 0, chunk.dropFirst().elementsEqual(dataset.shape.dropFirst()), chunk[0] > 0,
            case .integer(1, false) = dataset.element
        else { return nil }
        rowBytes = chunk.dropFirst().reduce(1, *)
        guard rowBytes > 0, chunk[0] < 1 << 32, !rowBytes.multipliedReportingOverflow(by: chunk[0]).overflow,
            rowBytes * chunk[0] < 1 << 32
        else { return nil }
        self.dataset = dataset
        chunkRows = chunk[0]
    }

    var chunkBytes: Int { chunkRows * rowBytes }

    /// A stored chunk.
    enum Stored {
        /// Never written: it reads as fill values.
        case absent
        case deflated([UInt8])
        /// The filter was skipped for this chunk.
        case plain([UInt8])
    }

    /// Whether every chunk was written; others read as fill values.
    func isComplete() throws(HDF5Error) -> Bool {
        for row in stride(from: 0, to: dataset.shape[0], by: chunkRows) where try storedSize(at: row) == 0 {
            return false
        }
        return true
    }

    /// Bytes the chunk that begins at `row` takes in the file; 0 when it was never written.
    private func storedSize(at row: Int) throws(HDF5Error) -> Int {
        let id = dataset.handle.id
        let offset = [hsize_t(row)] + [hsize_t](repeating: 0, count: dataset.shape.count - 1)
        var size: hsize_t = 0
        try HDF5Library.call(.badFile, file: dataset.file.path, object: dataset.path, damage(row)) {
            var filters: UInt32 = 0
            var address: haddr_t = 0
            return unsafe H5Dget_chunk_info_by_coord(id, offset, &filters, &address, &size)
        }
        guard size <= dataset.file.bytes else { throw damaged(row, "its chunk claims \(size) bytes") }
        return Int(size)
    }

    /// Reads the stored bytes of the chunk that begins at `row`.
    func stored(at row: Int) throws(HDF5Error) -> Stored {
        let id = dataset.handle.id
        let offset = [hsize_t(row)] + [hsize_t](repeating: 0, count: dataset.shape.count - 1)
        let size = try storedSize(at: row)
        guard size > 0 else { return .absent }
        var bytes = [UInt8](repeating: 0, count: size)
        var skipped: UInt32 = 0
        try HDF5Library.call(.badFile, file: dataset.file.path, object: dataset.path, damage(row)) {
            unsafe orc_h5_read_chunk(id, offset, &skipped, &bytes, bytes.count)
        }
        return skipped == 0 ? .deflated(bytes) : .plain(bytes)
    }

    /// Reads `rows` into `values`, whose elements are bytes.
    func read<Value: HDF5Number>(_ rows: Range<Int>, into values: inout [Value]) throws(HDF5Error) {
        var row = rows.lowerBound - rows.lowerBound % chunkRows
        var scratch: [UInt8] = []
        while row < rows.upperBound {
            let inside = max(row, rows.lowerBound)..<min(row + chunkRows, rows.upperBound)
            let place = (inside.lowerBound - rows.lowerBound) * rowBytes
            let stored = try stored(at: row)
            if case .absent = stored {
                try dataset.readThroughLibrary(rows, into: &values)
                return
            }
            let isWhole = inside.count == chunkRows
            if !isWhole && scratch.isEmpty { scratch = [UInt8](repeating: 0, count: chunkBytes) }
            let status = unsafe values.withUnsafeMutableBytes { values -> Int32 in
                if isWhole {
                    return unsafe expand(
                        stored, into: UnsafeMutableRawBufferPointer(rebasing: values[place..<place + chunkBytes]))
                }
                return unsafe scratch.withUnsafeMutableBytes { scratch in
                    let status = unsafe expand(stored, into: scratch)
                    let from = (inside.lowerBound - row) * rowBytes
                    unsafe UnsafeMutableRawBufferPointer(rebasing: values[place...]).copyMemory(
                        from: UnsafeRawBufferPointer(rebasing: scratch[from..<from + inside.count * rowBytes]))
                    return status
                }
            }
            guard status == 0 else { throw damaged(row, "its compressed data is damaged (zlib \(status))") }
            row += chunkRows
        }
    }

    /// Inflates a chunk; returns 0 or what zlib says.
    private func expand(_ stored: Stored, into place: UnsafeMutableRawBufferPointer) -> Int32 {
        switch stored {
        case .absent: return 0
        case .plain(let bytes):
            guard bytes.count == place.count else { return 1 }
            unsafe place.copyBytes(from: bytes)
            return 0
        case .deflated(let bytes):
            return unsafe orc_inflate(place.baseAddress, place.count, bytes, bytes.count)
        }
    }

    /// Whether a stored chunk expands to exactly one chunk.
    func isSound(_ stored: Stored, scratch: inout [UInt8]) -> Bool {
        if scratch.count != chunkBytes { scratch = [UInt8](repeating: 0, count: chunkBytes) }
        return unsafe scratch.withUnsafeMutableBytes { unsafe expand(stored, into: $0) } == 0
    }

    private func damage(_ row: Int) -> String { "row \(row) cannot be read; the file is damaged" }

    func damaged(_ row: Int, _ what: String) -> HDF5Error {
        HDF5Error(.badFile, file: dataset.file.path, object: dataset.path, message: "row \(row): \(what)")
    }
}
