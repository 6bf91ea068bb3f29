import Determinism
import DurableFiles

/// The files a tokenizer is stored as, by name: equal tokenizers have equal bytes.
struct TokenizerFiles {
    let contents: [String: [UInt8]]

    init(_ contents: [String: [UInt8]]) { self.contents = contents }

    /// Writes every file into `folder`, which is created.
    func write(to folder: String) throws {
        try DurableFiles.createDirectory(folder)
        for (name, bytes) in contents.sorted(by: { $0.key < $1.key }) {
            try DurableFiles.write(bytes, to: folder + "/" + name)
        }
    }

    /// SHA-256 of every file, named as inside `folder`.
    func digests(in folder: String) -> [String: Digest] {
        var result: [String: Digest] = [:]
        for (name, bytes) in contents { result[folder + "/" + name] = Digest(of: bytes) }
        return result
    }
}
