package import Foundation

/// A growing file, copied piece by piece; a file that does not exist yet is empty, one that got shorter was written anew.
package struct FileTail {
    private let path: String
    private var position: UInt64 = 0

    package init(_ path: String) { self.path = path }

    /// Copies what was added since the last call.
    package mutating func copy(to output: FileHandle) {
        guard let file = FileHandle(forReadingAtPath: path) else { return }
        defer { try? file.close() }
        if let end = try? file.seekToEnd(), end < position { position = 0 }
        guard (try? file.seek(toOffset: position)) != nil else { return }
        while let piece = try? file.read(upToCount: 1 << 16), !piece.isEmpty {
            position += UInt64(piece.count)
            output.write(piece)
        }
    }
}
