/// Turns stored strings into Swift's.
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
}
