import CHDF5

/// Turns the library's strings into Swift's.
enum HDF5Strings {
    /// Splits fixed-length strings and drops the padding (zeros or spaces at the end).
    static func split(_ stored: [UInt8], width: Int) -> [String] {
        guard width > 0 else { return [] }
        return stride(from: 0, to: stored.count - width + 1, by: width).map { start in
            var bytes = stored[start..<start + width].prefix { $0 != 0 }
            while bytes.last == UInt8(ascii: " ") { bytes.removeLast() }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Reads `count` variable-length strings with `read`, which fills pointers that the library owns.
    static func variable(
        _ count: Int, type: HDF5Handle, space: HDF5Handle, file: String, object: String,
        _ read: (UnsafeMutableRawPointer?) -> herr_t
    ) throws(HDF5Error) -> [String] {
        guard count > 0 else { return [] }
        var pointers = unsafe [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
        try HDF5Library.call(.badFile, file: file, object: object, "its strings cannot be read") {
            unsafe pointers.withUnsafeMutableBytes { unsafe read($0.baseAddress) }
        }
        let strings = unsafe pointers.map { pointer in
            unsafe pointer.map { unsafe String(cString: $0) } ?? ""
        }
        HDF5Library.locked {
            _ = unsafe pointers.withUnsafeMutableBytes { unsafe orc_h5_reclaim(type.id, space.id, $0.baseAddress) }
        }
        return strings
    }
}
