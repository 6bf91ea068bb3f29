import CPictures

/// Files compressed with gzip, through zlib.
public enum Gzip {
    /// Whether `bytes` begin as gzip does.
    public static func isCompressed(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

    /// The content of a gzip file, all of its members after one another.
    ///
    /// - Parameter limit: most bytes of the content, so that a small file cannot ask for all memory.
    /// - Throws: ``PictureError`` when the file is cut off, damaged or larger than the limit.
    public static func expand(_ bytes: [UInt8], limit: Int = 1 << 31) throws(PictureError) -> [UInt8] {
        var stream = unsafe z_stream()
        // 16 asks for a gzip header, 15 for the largest window.
        guard unsafe inflateInit2_(&stream, 16 + 15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .damaged("gzip", bytes: bytes.count, reason: "zlib does not start")
        }
        defer { unsafe inflateEnd(&stream) }
        var content: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        var input = bytes
        var taken = 0
        while taken < input.count {
            var status = Z_OK
            var made = 0
            unsafe input.withUnsafeMutableBufferPointer { source in
                unsafe block.withUnsafeMutableBufferPointer { target in
                    unsafe stream.next_in = source.baseAddress.map { unsafe $0 + taken }
                    unsafe stream.avail_in = UInt32(min(source.count - taken, 1 << 30))
                    unsafe stream.next_out = target.baseAddress
                    unsafe stream.avail_out = UInt32(target.count)
                    let offered = unsafe stream.avail_in
                    status = unsafe inflate(&stream, Z_NO_FLUSH)
                    taken += unsafe Int(offered - stream.avail_in)
                    made = unsafe target.count - Int(stream.avail_out)
                }
            }
            content.append(contentsOf: block[..<made])
            guard content.count <= limit else {
                throw .damaged("gzip", bytes: bytes.count, reason: "the content exceeds \(limit) bytes")
            }
            switch status {
            case Z_OK: continue
            case Z_STREAM_END:
                if taken == input.count { return content }
                unsafe inflateReset(&stream)
            default:
                let reason = unsafe stream.msg.map { unsafe String(cString: $0) }
                throw .damaged("gzip", bytes: bytes.count, reason: reason ?? "it ends early")
            }
        }
        throw .damaged("gzip", bytes: bytes.count, reason: "it ends early")
    }
}
