public import Determinism

/// What a committed unit left behind: what it was made from, and the digests of what it made.
public struct ArtifactManifest: Hashable, Sendable, Codable {
    public var schema: Int = LedgerSchema.artifact
    /// The plan key under which the outputs are stored.
    public let key: Digest
    /// The key by content digests of the inputs, for early cut-off.
    public let contentKey: Digest
    public let kind: String
    public let kindVersion: Int
    public let parameters: [String: CanonicalValue]
    public let seed: UInt64?
    public let numericsVersion: Int?
    public let isDeterministic: Bool
    /// What was read from other units, in port order.
    public let inputs: [InputRecord]
    /// What was read from files outside.
    public let sources: [SourceRecord]
    /// In declared order.
    public let outputs: [StoredOutput]
    /// Figures of merit the unit reported.
    public let figures: [String: Double]

    /// One part of an input port.
    public struct InputRecord: Hashable, Sendable, Codable {
        public let port: String
        public let producer: Digest
        public let output: String
        /// Content digest of what was read.
        public let digest: Digest

        public init(port: String, producer: Digest, output: String, digest: Digest) {
            self.port = port
            self.producer = producer
            self.output = output
            self.digest = digest
        }
    }

    /// One file from outside the graph.
    public struct SourceRecord: Hashable, Sendable, Codable {
        public let port: String
        public let digest: Digest
        public let bytes: Int
    }

    /// The output called `name`.
    public func output(_ name: String) -> StoredOutput? { outputs.first { $0.name == name } }

    /// Bytes of all outputs.
    public var bytes: Int { outputs.reduce(0) { $0 + $1.bytes } }
}

/// One output as it is stored.
public struct StoredOutput: Hashable, Sendable, Codable {
    public let name: String
    /// Content digest, as `DurableFiles.treeDigest` gives it.
    public let digest: Digest
    public let bytes: Int
    public let isFolder: Bool
    /// Files of a folder by relative path; empty for a plain file.
    public let files: [StoredFile]

    public init(name: String, digest: Digest, bytes: Int, isFolder: Bool, files: [StoredFile]) {
        self.name = name
        self.digest = digest
        self.bytes = bytes
        self.isFolder = isFolder
        self.files = files
    }
}

/// One file of an output folder.
public struct StoredFile: Hashable, Sendable, Codable {
    public let path: String
    public let bytes: Int
}
