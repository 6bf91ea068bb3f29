import Foundation

/// The bytes of an open file.
final class FileBytes: Sendable {
    let path: String
    let identity: FileIdentity
    private let descriptor: Int32

    /// - Throws: ``HDF5Error`` when the file cannot be opened.
    init(_ path: String) throws(HDF5Error) {
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0, let identity = FileIdentity(path: path, descriptor: descriptor) else {
            let reason = unsafe String(cString: strerror(errno))
            if descriptor >= 0 { close(descriptor) }
            throw HDF5Error(.missingFile, file: path, message: "cannot be opened (\(reason)); check its permissions")
        }
        self.path = path
        self.identity = identity
    }

    deinit { close(descriptor) }

    /// The `count` bytes from `address` on.
    func bytes(at address: UInt64, count: Int, object: String) throws(HDF5Error) -> [UInt8] {
        var failure: HDF5Error?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            let place = unsafe UnsafeMutableRawBufferPointer(
                start: UnsafeMutableRawPointer(buffer.baseAddress), count: count)
            do throws(HDF5Error) {
                try unsafe read(at: address, into: place, object: object)
                initialized = count
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Fills `buffer` with the bytes from `address` on.
    ///
    /// - Throws: ``HDF5Error`` when the file ends before, or the disk fails.
    func read(at address: UInt64, into buffer: UnsafeMutableRawBufferPointer, object: String) throws(HDF5Error) {
        guard address <= UInt64(identity.bytes), buffer.count <= identity.bytes - Int(address) else {
            throw HDF5Error(
                .badFile, file: path, object: object,
                message:
                    "its data would stand at bytes \(address) and after of a file of \(identity.bytes) bytes; the file is cut short or damaged"
            )
        }
        var done = 0
        while done < buffer.count {
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let got = unsafe pread(descriptor, rest.baseAddress, rest.count, off_t(address) + off_t(done))
            if got < 0 && errno == EINTR { continue }
            guard got > 0 else {
                let reason = unsafe got == 0 ? "it became shorter" : String(cString: strerror(errno))
                throw HDF5Error(.badFile, file: path, object: object, message: "its data cannot be read: \(reason)")
            }
            done += got
        }
    }
}
