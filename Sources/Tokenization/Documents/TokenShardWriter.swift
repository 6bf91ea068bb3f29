public import Determinism
import DurableFiles

/// Collects documents and writes them as a token shard: a folder of `tokens.bin` and `index.json`.
///
/// `tokens.bin` is little-endian: magic `ORCTOKEN`, schema (4 bytes), document count (4), the vocabulary's digest (32),
/// 16 bytes of zero; then per document tokens (Int32), weights (UInt16), modalities (UInt8), step starts (UInt32),
/// actions (Float).
/// Equal documents in equal order give equal bytes.
public struct TokenShardWriter {
    static let magic = Array("ORCTOKEN".utf8)
    static let headerBytes = 64

    private let vocabulary: Digest
    private var payload: [UInt8] = []
    private var entries: [TokenShardIndex.Entry] = []
    private var counts = [Int](repeating: 0, count: Modality.allCases.count)

    /// A shard of ids of `vocabulary`.
    public init(vocabulary: Digest) { self.vocabulary = vocabulary }

    /// Documents appended so far.
    public var count: Int { entries.count }

    /// Adds a document at the end.
    ///
    /// - Throws: ``TokenizationError`` when the document breaks its invariant or its id is already there.
    public mutating func append(_ document: TokenDocument) throws {
        if let defect = document.defect {
            throw TokenizationError(.badValue, "episode '\(document.id)' cannot be stored: it has \(defect)")
        }
        guard !entries.contains(where: { $0.id == document.id }) else {
            throw TokenizationError(.badValue, "episode '\(document.id)' was appended twice to one token shard")
        }
        entries.append(
            TokenShardIndex.Entry(
                id: document.id, offset: Self.headerBytes + payload.count, tokenCount: document.tokens.count,
                headerCount: document.headerCount, stepCount: document.stepStarts.count,
                actionWidth: document.actionWidth, actionCount: document.recordedSteps, chunk: document.chunk))
        payload.reserveCapacity(payload.count + entries[entries.count - 1].byteCount)
        for token in document.tokens { payload.append(littleEndian: UInt32(bitPattern: token)) }
        for weight in document.weights {
            payload.append(UInt8(truncatingIfNeeded: weight))
            payload.append(UInt8(truncatingIfNeeded: weight >> 8))
        }
        payload += document.modalities
        for start in document.stepStarts { payload.append(littleEndian: UInt32(start)) }
        for value in document.actions { payload.append(littleEndian: value.bitPattern) }
        for modality in document.modalities { counts[Int(modality)] += 1 }
    }

    /// Writes the shard into `folder`, which is created.
    public func write(to folder: String) throws {
        var bytes = Self.magic
        bytes.append(littleEndian: UInt32(TokenShardIndex.currentSchema))
        bytes.append(littleEndian: UInt32(entries.count))
        bytes += vocabulary.bytes
        bytes += [UInt8](repeating: 0, count: Self.headerBytes - bytes.count)
        bytes += payload
        var byModality: [String: Int] = [:]
        for modality in Modality.allCases { byModality[modality.name] = counts[Int(modality.rawValue)] }
        let index = TokenShardIndex(
            vocabulary: vocabulary, sha256: Digest(of: bytes), byteCount: bytes.count, documents: entries,
            tokensByModality: byModality)
        try DurableFiles.createDirectory(folder)
        try DurableFiles.write(bytes, to: folder + "/tokens.bin")
        try DurableFiles.write(try StableJSON.encode(index), to: folder + "/index.json")
    }
}

extension [UInt8] {
    mutating func append(littleEndian word: UInt32) {
        append(UInt8(truncatingIfNeeded: word))
        append(UInt8(truncatingIfNeeded: word >> 8))
        append(UInt8(truncatingIfNeeded: word >> 16))
        append(UInt8(truncatingIfNeeded: word >> 24))
    }

    /// The four bytes at `offset` as a little-endian word.
    func littleEndianWord(at offset: Int) -> UInt32 {
        UInt32(self[offset]) | UInt32(self[offset + 1]) << 8 | UInt32(self[offset + 2]) << 16 | UInt32(self[offset + 3])
            << 24
    }
}
