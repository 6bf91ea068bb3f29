public import Determinism
import DurableFiles
import Foundation
public import Kernels
import Synchronization

/// What a checkpoint folder holds and what its files' bytes must be.
public struct CheckpointManifest: Codable, Hashable, Sendable {
    public static let currentSchema = "orchestrate.checkpoint/2"
    /// The manifest's name in the folder.
    public static let fileName = "manifest.json"

    /// One file.
    public struct File: Codable, Hashable, Sendable {
        /// Relative to the folder.
        public let path: String
        public let bytes: Int
        public let sha256: Digest
    }

    public var schema = Self.currentSchema
    public var numericsVersion = NumericsVersion.current
    /// Finished optimizer steps.
    public var step: Int
    /// Samples consumed: where the data order goes on.
    public var cursor: Int
    /// Digest of settings, seed and tokens that decide the training; free of ranks.
    public var identity: Digest
    /// The vocabulary the model speaks.
    public var vocabulary: Digest
    /// Wrapping sum over weights and moments, as 16 hexadecimal digits.
    public var stateHash: String
    /// What operands of the training's products were rounded to; absent in manifests from before there was a choice.
    public var precision: Precision?
    /// Sorted by path.
    public var files: [File]
    /// SHA-256 of the manifest's own bytes with zeros in this place: a manifest with any other byte is found out.
    public var seal = Self.unsealed

    private static let unsealed = Digest(words: (0, 0, 0, 0))

    /// The manifest's bytes, sealed.
    package func sealed() throws -> [UInt8] {
        var manifest = self
        manifest.seal = Self.unsealed
        manifest.seal = Digest(of: try SortedJSON.encode(manifest, pretty: true))
        return try SortedJSON.encode(manifest, pretty: true)
    }

    /// The name of ``precision``.
    public var precisionName: String { (precision ?? .fp32).rawValue }

    /// Whether the folder holds the file `path`.
    func has(_ path: String) -> Bool { files.contains { $0.path == path } }

    /// Lists every file below `folder` with its digest and writes the manifest among them.
    ///
    /// - Parameter knowing: digests of files that need not be read again, by path.
    static func seal(
        _ folder: String, knowing written: [String: DurableFiles.Written], step: Int, cursor: Int, identity: Digest,
        vocabulary: Digest, stateHash: UInt64, precision: Precision?
    ) throws {
        let files = try DurableFiles.files(below: folder).map { file in
            let (digest, bytes) = try written[file.path] ?? DurableFiles.fileDigest(folder + "/" + file.path)
            return File(path: file.path, bytes: bytes, sha256: digest)
        }
        let manifest = CheckpointManifest(
            step: step, cursor: cursor, identity: identity, vocabulary: vocabulary, stateHash: HexWord.text(stateHash),
            precision: precision, files: files)
        try DurableFiles.writeFile(try manifest.sealed(), to: folder + "/" + fileName)
    }

    /// Reads the manifest of `folder` without looking at the files.
    ///
    /// - Throws: ``TrainingError`` when it is of another schema or not byte for byte what was written.
    static func read(_ folder: String) throws -> CheckpointManifest {
        struct Schema: Decodable { let schema: String }
        let path = folder + "/" + fileName
        guard DurableFiles.exists(path) else {
            throw TrainingError.damaged(folder, "it is not a checkpoint: it has no \(fileName)")
        }
        let bytes = try DurableFiles.read(path)
        guard let schema = try? JSONDecoder().decode(Schema.self, from: Data(bytes)).schema else {
            throw TrainingError.damaged(path, "it is not a checkpoint manifest of this program")
        }
        guard schema == currentSchema else {
            throw TrainingError.damaged(path, "it has schema '\(schema)'; this program reads '\(currentSchema)'")
        }
        guard let manifest = try? JSONDecoder().decode(CheckpointManifest.self, from: Data(bytes)),
            try manifest.sealed() == bytes
        else { throw TrainingError.damaged(path, "its bytes are not those that were written") }
        return manifest
    }

    /// Reads the manifest of `folder` and compares every file's size and SHA-256.
    ///
    /// - Throws: ``TrainingError`` naming the first file that is missing or altered.
    public static func verified(_ folder: String) throws -> CheckpointManifest {
        let manifest = try read(folder)
        // Side by side: hashing takes longer than reading, and nothing else can go on before it is done.
        let failures = Mutex<[Int: any Error]>([:])
        DispatchQueue.concurrentPerform(iterations: manifest.files.count) { number in
            do {
                try check(manifest.files[number], in: folder)
            } catch {
                failures.withLock { $0[number] = error }
            }
        }
        if let first = failures.withLock({ $0.min { $0.key < $1.key } }) { throw first.value }
        return manifest
    }

    /// Compares a file's size and SHA-256.
    private static func check(_ file: File, in folder: String) throws {
        let full = folder + "/" + file.path
        guard let status = DurableFiles.status(of: full) else { throw TrainingError.damaged(full, "it is missing") }
        guard status.bytes == file.bytes else {
            throw TrainingError.damaged(full, "it has \(status.bytes) bytes where the manifest says \(file.bytes)")
        }
        let digest = try DurableFiles.fileDigest(full).digest
        guard digest == file.sha256 else {
            throw TrainingError.damaged(
                full, "its SHA-256 is \(digest.short)… where the manifest says \(file.sha256.short)…")
        }
    }
}
