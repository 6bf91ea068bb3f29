import CHDF5

/// The filters that chunks went through when they were written, undone here: deflate, LZF, shuffle and Fletcher's checksum.
///
/// LZF is h5py's filter 32000, which Debian's library does not have. The others as in the HDF5 file format specification, version 3, section IV.A.2.l. No pipeline here compresses
/// twice.
struct FilterPipeline {
    static let deflate: UInt32 = 1
    static let lzf: UInt32 = 32000
    static let shuffle: UInt32 = 2
    static let fletcher32: UInt32 = 3

    /// In the order in which they were applied.
    let filters: [UInt32]
    /// Bytes of one element, which shuffling takes apart.
    let elementBytes: Int

    /// Undoes the filters but for the skipped ones; `chunk` is exactly as long as the data.
    ///
    /// - Returns: `nil`, or what is wrong with the stored bytes.
    func expand(_ stored: [UInt8], skipped: UInt32, into chunk: UnsafeMutableRawBufferPointer) -> String? {
        let active = filters.enumerated().filter { $0.offset >= 32 || skipped & (1 << UInt32($0.offset)) == 0 }.map(
            \.element)
        var current = stored
        for position in active.indices.reversed() {
            let filter = active[position]
            switch filter {
            case Self.deflate where position == 0, Self.lzf where position == 0:
                return unsafe decompress(current, filter, into: chunk)
            case Self.deflate, Self.lzf:
                // A checksum that was taken before is compressed with the data.
                let length = chunk.count + 4 * active[..<position].count { $0 == Self.fletcher32 }
                var inflated = [UInt8](repeating: 0, count: length)
                if let wrong = unsafe inflated.withUnsafeMutableBytes({ unsafe decompress(current, filter, into: $0) })
                {
                    return wrong
                }
                current = inflated
            case Self.shuffle:
                current = unshuffled(current)
            case Self.fletcher32:
                guard current.count >= 4, Self.isSound(current) else { return "its checksum does not match" }
                current.removeLast(4)
            default: return "its filter \(filter) is unknown"
            }
        }
        guard current.count == chunk.count else {
            return "it has \(current.count) bytes, not \(chunk.count)"
        }
        unsafe chunk.copyBytes(from: current)
        return nil
    }

    private func decompress(
        _ stored: [UInt8], _ filter: UInt32, into place: UnsafeMutableRawBufferPointer
    ) -> String? {
        if filter == Self.lzf {
            let status = unsafe orc_unlzf(place.baseAddress, place.count, stored, stored.count)
            return status == 0 ? nil : "its compressed data is damaged (LZF)"
        }
        let status = unsafe orc_inflate(place.baseAddress, place.count, stored, stored.count)
        return status == 0 ? nil : "its compressed data is damaged (zlib \(status))"
    }

    /// Byte `b` of element `e` stands at `b * count + e`; what does not fill an element stands at the end as it is.
    private func unshuffled(_ bytes: [UInt8]) -> [UInt8] {
        let count = elementBytes > 1 ? bytes.count / elementBytes : 0
        guard count > 1 else { return bytes }
        var whole = bytes
        for element in 0..<count {
            for byte in 0..<elementBytes { whole[element * elementBytes + byte] = bytes[byte * count + element] }
        }
        return whole
    }

    /// Whether the last four bytes are Fletcher's checksum, little-endian, of the others taken as big-endian words.
    ///
    /// Versions before 1.6.3 stored it with the bytes of each half exchanged; both are taken, as the library does.
    static func isSound(_ bytes: [UInt8]) -> Bool {
        let data = bytes.dropLast(4)
        var first: UInt32 = 0
        var second: UInt32 = 0
        var index = data.startIndex
        while index + 1 < data.endIndex {
            // 360 words are as many as fit before the second sum overflows.
            let end = min(data.endIndex - 1, index + 720)
            while index < end {
                first &+= UInt32(data[index]) << 8 | UInt32(data[index + 1])
                second &+= first
                index += 2
            }
            first = (first & 0xFFFF) + (first >> 16)
            second = (second & 0xFFFF) + (second >> 16)
        }
        if index < data.endIndex {
            first &+= UInt32(data[index]) << 8
            second &+= first
            first = (first & 0xFFFF) + (first >> 16)
            second = (second & 0xFFFF) + (second >> 16)
        }
        first = (first & 0xFFFF) + (first >> 16)
        second = (second & 0xFFFF) + (second >> 16)
        let sum = second << 16 | first
        let stored = bytes.suffix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let exchanged = (sum & 0x00FF_00FF) << 8 | (sum >> 8) & 0x00FF_00FF
        return stored == sum || stored == exchanged
    }
}
