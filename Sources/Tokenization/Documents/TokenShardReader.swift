public import Determinism
import Foundation

/// Reads a token shard with random access by document.
///
/// Opening reads the whole file and checks its digest, so that every later access is memory only and cannot fail for
/// damage on disk.
public final class TokenShardReader: Sendable {
    /// The folder the shard was opened from.
    public let folder: String
    public let index: TokenShardIndex
    private let bytes: [UInt8]

    /// Opens and verifies the shard in `folder`.
    ///
    /// - Parameter vocabulary: the vocabulary the reader speaks; `nil` accepts any.
    /// - Throws: ``TokenizationError`` for a missing, damaged or foreign shard.
    public init(_ folder: String, vocabulary: Digest? = nil) throws {
        self.folder = folder
        index = try StableJSON.decode(TokenShardIndex.self, from: folder + "/index.json")
        let path = folder + "/tokens.bin"
        guard index.schema == TokenShardIndex.currentSchema else {
            throw TokenizationError(
                .damaged,
                "'\(folder)' has token shard schema \(index.schema); this program reads \(TokenShardIndex.currentSchema)"
            )
        }
        bytes = try FileBytes.read(path)
        guard bytes.count == index.byteCount else {
            throw TokenizationError.damaged(path, "it has \(bytes.count) bytes where its index says \(index.byteCount)")
        }
        let header = TokenShardWriter.headerBytes
        guard bytes.count >= header, Array(bytes[0..<8]) == TokenShardWriter.magic else {
            throw TokenizationError.damaged(path, "it does not start with 'ORCTOKEN'")
        }
        guard bytes.littleEndianWord(at: 8) == UInt32(TokenShardIndex.currentSchema),
            bytes.littleEndianWord(at: 12) == UInt32(index.documents.count),
            Array(bytes[16..<48]) == index.vocabulary.bytes
        else { throw TokenizationError.damaged(path, "its header disagrees with its index") }
        let digest = Digest(of: bytes)
        guard digest == index.sha256 else {
            throw TokenizationError.damaged(
                path, "its SHA-256 is \(digest.short)… where its index says \(index.sha256.short)…")
        }
        var offset = header
        for entry in index.documents {
            guard entry.offset == offset, entry.tokenCount >= 0, entry.stepCount >= 0, entry.tokenCount <= bytes.count,
                entry.stepCount <= bytes.count, (0...65536).contains(entry.actionWidth),
                (0...bytes.count).contains(entry.actionCount),
                (1...65536).contains(entry.chunk),
                entry.byteCount <= bytes.count - offset
            else {
                throw TokenizationError.damaged(
                    folder + "/index.json", "episode '\(entry.id)' does not fit into tokens.bin")
            }
            offset += entry.byteCount
        }
        guard offset == bytes.count else { throw TokenizationError.damaged(path, "bytes follow the last episode") }
        if let vocabulary, vocabulary != index.vocabulary {
            throw TokenizationError(
                .vocabularyMismatch,
                "token shard '\(folder)' was written under vocabulary \(index.vocabulary.short), not \(vocabulary.short). Tokenize the episodes again with the tokenizers of this vocabulary."
            )
        }
    }

    /// Number of documents.
    public var count: Int { index.documents.count }

    /// The vocabulary the ids belong to.
    public var vocabulary: Digest { index.vocabulary }

    /// Document `number` in the order of writing.
    ///
    /// - Throws: ``TokenizationError`` when the index describes an impossible document.
    /// - Complexity: O(tokens of the document).
    public func document(_ number: Int) throws -> TokenDocument {
        precondition(number >= 0 && number < count, "document \(number) of \(count)")
        let entry = index.documents[number]
        let count = entry.tokenCount
        let document = bytes.withUnsafeBytes { raw in
            let weightsStart = entry.offset + 4 * count
            let modalitiesStart = weightsStart + 2 * count
            let stepsStart = modalitiesStart + count
            return TokenDocument(
                id: entry.id,
                tokens: (0..<count).map { i in
                    Int32(littleEndian: raw.loadUnaligned(fromByteOffset: entry.offset + 4 * i, as: Int32.self))
                },
                weights: (0..<count).map { i in
                    UInt16(littleEndian: raw.loadUnaligned(fromByteOffset: weightsStart + 2 * i, as: UInt16.self))
                },
                modalities: Array(raw[modalitiesStart..<stepsStart]), headerCount: entry.headerCount,
                stepStarts: (0..<entry.stepCount).map { i in
                    Int(UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: stepsStart + 4 * i, as: UInt32.self)))
                },
                actions: (0..<entry.actionCount * entry.actionWidth).map { i in
                    Float(
                        bitPattern: UInt32(
                            littleEndian: raw.loadUnaligned(
                                fromByteOffset: stepsStart + 4 * (entry.stepCount + i), as: UInt32.self)))
                }, actionWidth: entry.actionWidth, chunk: entry.chunk)
        }
        if let defect = document.defect {
            throw TokenizationError.damaged(folder, "episode '\(entry.id)' has \(defect)")
        }
        return document
    }
}
