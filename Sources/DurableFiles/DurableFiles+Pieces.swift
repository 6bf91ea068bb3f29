import Crypto
public import Determinism
import Glibc

extension DurableFiles {
    /// What was written: the digest is taken on the way, so nobody needs to read the file again.
    public typealias Written = (digest: Determinism.Digest, bytes: Int)

    /// Writes and syncs a file piece by piece under its own name, for what is too large to stand in memory twice.
    ///
    /// Only for files inside a folder that is renamed in later.
    ///
    /// - Parameter body: calls its argument with the pieces in order.
    public static func writeFile(
        to path: String, pieces body: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws -> Written {
        try pass(.create, path)
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw DurableFilesError.last("create", path) }
        defer { close(file) }
        try pass(.write, path)
        var hasher = SHA256()
        var total = 0
        let pieceBytes = 1 << 20
        try body { bytes in
            // What is hashed is still in the cache when it is written.
            for start in stride(from: 0, to: bytes.count, by: pieceBytes) {
                let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + pieceBytes, bytes.count)])
                hasher.update(bufferPointer: piece)
                try writeAll(buffer: piece, to: file, path: path)
            }
            total += bytes.count
        }
        try pass(.sync, path)
        guard fsync(file) == 0 else { throw DurableFilesError.last("sync", path) }
        return (Determinism.Digest(hasher.finalize()), total)
    }
}
