import Foundation

/// A growing file, copied piece by piece; a file that does not exist yet is empty.
struct FileTail {
    private let path: String
    private var position: UInt64 = 0

    init(_ path: String) { self.path = path }

    /// Copies what was added since the last call.
    mutating func copy(to output: FileHandle) {
        guard let file = FileHandle(forReadingAtPath: path) else { return }
        defer { try? file.close() }
        guard (try? file.seek(toOffset: position)) != nil else { return }
        while let piece = try? file.read(upToCount: 1 << 16), !piece.isEmpty {
            position += UInt64(piece.count)
            output.write(piece)
        }
    }
}
