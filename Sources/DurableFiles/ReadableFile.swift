import Glibc

/// An open file read at any offset; stays readable after its name is removed.
public final class ReadableFile: Sendable {
    public let path: String
    private let file: Int32

    public init(_ path: String) throws {
        self.path = path
        file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw DurableFilesError.last("open", path) }
    }

    deinit { close(file) }

    /// Bytes in the file now.
    public var size: Int {
        var status = stat()
        return fstat(file, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Up to `count` bytes from `offset`; fewer only at the end of the file.
    public func read(at offset: Int, count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let received = pread(
                    file, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled))
                if received < 0 && errno == EINTR { continue }
                guard received >= 0 else { throw DurableFilesError.last("read", path) }
                if received == 0 { break }
                filled += received
            }
        }
    }

    /// Fills `buffer` with the bytes from `offset` on.
    ///
    /// - Returns: whether the file has so many.
    public func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws -> Bool {
        var filled = 0
        while filled < buffer.count {
            let received = pread(
                file, buffer.baseAddress.map { $0 + filled }, buffer.count - filled, off_t(offset + filled))
            if received < 0 && errno == EINTR { continue }
            guard received >= 0 else { throw DurableFilesError.last("read", path) }
            if received == 0 { return false }
            filled += received
        }
        return true
    }
}
