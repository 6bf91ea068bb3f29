import Crypto
public import Determinism
import Glibc

extension DurableFiles {
    /// The content digest of a file or folder, and its bytes.
    ///
    /// A file: SHA-256 of its content. A folder: the digest of the sorted relative paths and digests of the files below it. Names of the
    /// file or folder itself, times and permissions do not count.
    ///
    /// - Parameter progress: told how many bytes were read since the last call.
    public static func treeDigest(
        _ path: String, progress: ((Int) throws -> Void)? = nil
    ) throws -> (digest: Determinism.Digest, bytes: Int) {
        guard let status = status(of: path) else { throw DurableFilesError.last("stat", path) }
        guard status.kind == .folder else { return try fileDigest(path, progress: progress) }
        var total = 0
        var lines: [CanonicalValue] = []
        for file in try files(below: path) {
            let (digest, bytes) = try fileDigest(path + "/" + file.path, progress: progress)
            lines.append(.list([.string(file.path), .bytes(digest.bytes)]))
            total += bytes
        }
        return (CanonicalValue.list(lines).digest, total)
    }

    /// SHA-256 of a file's content, read in pieces.
    public static func fileDigest(
        _ path: String, progress: ((Int) throws -> Void)? = nil
    ) throws -> (digest: Determinism.Digest, bytes: Int) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw DurableFilesError.last("open", path) }
        defer { close(file) }
        var hasher = SHA256()
        var total = 0
        let pieceBytes = 1 << 20
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceBytes, alignment: 64)
        defer { piece.deallocate() }
        while true {
            let received = Glibc.read(file, piece.baseAddress, pieceBytes)
            if received < 0 && errno == EINTR { continue }
            guard received >= 0 else { throw DurableFilesError.last("read", path) }
            if received == 0 { break }
            hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: piece[..<received]))
            total += received
            try progress?(received)
        }
        return (Determinism.Digest(hasher.finalize()), total)
    }
}
