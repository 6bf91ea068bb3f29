public import Determinism
public import Tokenization

/// Documents in memory, in the order of their shards: what samples are cut from.
public struct TokenCorpus: Sendable {
    public let documents: [TokenDocument]
    /// The vocabulary the ids belong to.
    public let vocabulary: Digest
    /// Digest of every document, in order.
    public let digest: Digest

    /// A corpus of documents under `vocabulary`.
    public init(documents: [TokenDocument], vocabulary: Digest) {
        self.documents = documents
        self.vocabulary = vocabulary
        digest =
            CanonicalValue.list(
                documents.map { document in
                    var bytes: [UInt8] = []
                    for token in document.tokens { Self.append(UInt32(bitPattern: token), to: &bytes) }
                    for weight in document.weights { Self.append(UInt32(weight), to: &bytes) }
                    bytes += document.modalities
                    for start in document.stepStarts { Self.append(UInt32(start), to: &bytes) }
                    return .list([
                        .string(document.id), .int(Int64(document.headerCount)), .bytes(Digest(of: bytes).bytes),
                    ])
                }
            ).digest
    }

    /// Reads every document of shards, in order.
    ///
    /// - Parameters:
    ///   - folders: token shards.
    ///   - vocabulary: shards of another vocabulary are refused.
    /// - Throws: `TokenizationError` for a damaged or foreign shard.
    public init(shards folders: [String], vocabulary: Digest) throws {
        var documents: [TokenDocument] = []
        for folder in folders {
            let reader = try TokenShardReader(folder, vocabulary: vocabulary)
            for number in 0..<reader.count { documents.append(try reader.document(number)) }
        }
        self.init(documents: documents, vocabulary: vocabulary)
    }

    /// The documents of several corpora of one vocabulary, one corpus behind the other.
    public init(joining corpora: [TokenCorpus], vocabulary: Digest) {
        precondition(corpora.allSatisfy { $0.vocabulary == vocabulary }, "corpora of one vocabulary")
        self.init(documents: corpora.flatMap(\.documents), vocabulary: vocabulary)
    }

    /// Tokens of all documents.
    public var tokenCount: Int { documents.reduce(0) { $0 + $1.tokens.count } }

    private static func append(_ word: UInt32, to bytes: inout [UInt8]) {
        bytes.append(UInt8(truncatingIfNeeded: word))
        bytes.append(UInt8(truncatingIfNeeded: word >> 8))
        bytes.append(UInt8(truncatingIfNeeded: word >> 16))
        bytes.append(UInt8(truncatingIfNeeded: word >> 24))
    }
}
