import DurableFiles

/// One pack as this process knows it, read up to some place.
struct PackFile {
    let file: ReadableFile
    /// Everything before this offset is indexed.
    private(set) var scannedTo = 0
    /// Places where bytes between whole records were not readable.
    private(set) var damagedGaps = 0

    init(_ path: String) throws { file = try ReadableFile(path) }

    /// Whole records that were appended since the last call.
    ///
    /// A torn record at the end is left for later, or for ever.
    ///
    /// - Throws: ``LedgerError`` when the file is no pack or a newer one.
    mutating func newRecords() throws -> [PackRecord] {
        let size = file.size
        guard size > scannedTo else { return [] }
        let bytes = try file.read(at: scannedTo, count: size - scannedTo)
        var place = 0
        if scannedTo == 0 {
            guard bytes.count >= PackRecord.fileHeader.count else { return [] }
            guard bytes.starts(with: PackRecord.fileHeader.prefix(8)) else {
                throw LedgerError.damaged(file.path, "it does not start as a pack does")
            }
            guard bytes[8] <= UInt8(LedgerSchema.artifact) else {
                throw LedgerError.newerSchema(of: file.path, found: Int(bytes[8]), known: LedgerSchema.artifact)
            }
            place = PackRecord.fileHeader.count
        }
        var records: [PackRecord] = []
        bytes.withUnsafeBytes { buffer in
            var search = place
            while search + PackRecord.headerBytes < buffer.count {
                guard let record = PackRecord(buffer, at: search, base: scannedTo) else {
                    search += 8
                    continue
                }
                if search > place { damagedGaps += 1 }
                records.append(record)
                place = search + record.length
                search = place
            }
        }
        scannedTo += place
        return records
    }

    /// Takes note that the bytes before `end` are indexed: this process wrote them itself.
    mutating func skip(to end: Int) { scannedTo = max(scannedTo, end) }

    func bytes(of record: PackRecord) throws -> [UInt8] { try file.read(at: record.offset, count: record.length) }
}
