public import Determinism

/// One vocabulary for everything a model reads and writes: named blocks of consecutive ids.
///
/// Blocks stand in the order special, text, image, action, sensor; a block of a modality that is absent is empty. All
/// action dimensions share one block of bins, all sensor dimensions another.
///
/// The digest covers blocks, special tokens, streams and the digests of the tokenizers' files, so that a
/// checkpoint, a shard and a set of tokenizers that carry different digests refuse each other.
public struct SharedVocabulary: Codable, Hashable, Sendable {
    public static let currentSchema = 1

    /// Consecutive ids with one meaning.
    public struct Block: Codable, Hashable, Sendable {
        public let modality: Modality
        public let first: Int
        public let count: Int

        public var range: Range<Int> { first..<first + count }

        public init(modality: Modality, first: Int, count: Int) {
            self.modality = modality
            self.first = first
            self.count = count
        }
    }

    /// Tokens without content; the raw value is the id, the special block being the first.
    public enum Special: Int, CaseIterable, Sendable {
        /// Fills up short sequences; never a target.
        case pad = 0
        /// An episode begins.
        case bos = 1
        /// An episode ends.
        case eos = 2
        /// The instruction has ended; steps follow.
        case steps = 3

        public var name: String {
            switch self {
            case .pad: "<pad>"
            case .bos: "<bos>"
            case .eos: "<eos>"
            case .steps: "<steps>"
            }
        }
    }

    public let schema: Int
    /// In the order of ids; one per modality.
    public let blocks: [Block]
    /// Names of the special tokens by id.
    public let specialTokens: [String]
    public let streams: TokenStreams
    /// SHA-256 of every tokenizer file, by path inside the vocabulary's folder.
    public let files: [String: Digest]
    /// Digest of all of the above.
    public let digest: Digest

    /// Lays out the blocks.
    ///
    /// - Parameters:
    ///   - textCount: tokens of the text tokenizer.
    ///   - imageCodes: codes of the image tokenizer, shared by all cameras; 0 without images.
    ///   - actionIds: bins of an action dimension, shared by all, or ids of frequencies.
    ///   - sensorBins: bins of a sensor dimension, shared by all; 0 without sensors.
    public init(
        textCount: Int, imageCodes: Int, actionIds: Int, sensorBins: Int, streams: TokenStreams,
        files: [String: Digest]
    ) {
        let counts = [Special.allCases.count, textCount, imageCodes, actionIds, sensorBins]
        let order: [Modality] = [.special, .text, .image, .action, .sensor]
        var blocks: [Block] = []
        var next = 0
        for (modality, count) in zip(order, counts) {
            blocks.append(Block(modality: modality, first: next, count: count))
            next += count
        }
        self.init(
            blocks: blocks, specialTokens: Special.allCases.map(\.name), streams: streams, files: files)
    }

    private init(
        blocks: [Block], specialTokens: [String], streams: TokenStreams, files: [String: Digest]
    ) {
        schema = Self.currentSchema
        self.blocks = blocks
        self.specialTokens = specialTokens
        self.streams = streams
        self.files = files
        let material: CanonicalValue = .map([
            "schema": .int(Int64(Self.currentSchema)),
            "blocks": .list(
                blocks.map { .list([.int(Int64($0.modality.rawValue)), .int(Int64($0.first)), .int(Int64($0.count))]) }),
            "special": .list(specialTokens.map { .string($0) }), "streams": streams.canonical,
            "files": .map(files.mapValues { .bytes($0.bytes) }),
        ])
        digest = material.digest
    }

    /// Number of ids.
    public var count: Int { blocks.last.map { $0.first + $0.count } ?? 0 }

    /// The block of a modality.
    public func block(_ modality: Modality) -> Block {
        blocks.first { $0.modality == modality } ?? Block(modality: modality, first: count, count: 0)
    }

    /// The shared id of a special token.
    public func id(_ special: Special) -> Int32 { Int32(special.rawValue) }

    /// The modality whose block holds `token`; `nil` outside the vocabulary.
    public func modality(of token: Int32) -> Modality? { blocks.first { $0.range.contains(Int(token)) }?.modality }

    /// The shared id of entry `local` of a block.
    ///
    /// - Precondition: the block has that entry.
    public func id(_ local: Int, in modality: Modality) -> Int32 {
        let block = block(modality)
        precondition(local >= 0 && local < block.count, "\(modality.name) entry \(local) of \(block.count)")
        return Int32(block.first + local)
    }

    /// The entry of a block that `token` stands for.
    ///
    /// - Throws: ``TokenizationError`` when the token lies outside the block.
    public func local(_ token: Int32, in modality: Modality) throws -> Int {
        let block = block(modality)
        guard block.range.contains(Int(token)) else {
            let found = self.modality(of: token).map { "is \($0.name)" } ?? "is outside the vocabulary of \(count)"
            throw TokenizationError(
                .badValue,
                "token \(token) \(found), where \(modality.name) tokens \(block.range.lowerBound)..<\(block.range.upperBound) are expected"
            )
        }
        return Int(token) - block.first
    }

    /// Reads `vocabulary.json` and checks its digest.
    public static func read(_ path: String) throws -> SharedVocabulary {
        let stored = try StableJSON.decode(SharedVocabulary.self, from: path)
        guard stored.schema == currentSchema else {
            throw TokenizationError(
                .damaged, "'\(path)' has vocabulary schema \(stored.schema); this program reads \(currentSchema)")
        }
        let computed = SharedVocabulary(
            blocks: stored.blocks, specialTokens: stored.specialTokens, streams: stored.streams,
            files: stored.files)
        guard computed.digest == stored.digest else {
            throw TokenizationError.damaged(
                path, "its content has digest \(computed.digest.short)… where it says \(stored.digest.short)…")
        }
        return stored
    }

    /// Refuses a partner made under another vocabulary.
    ///
    /// - Parameter other: what `partner` carries; `partner` is named in the message, such as `checkpoint 'x'`.
    public func requireSame(_ other: Digest, as partner: String) throws {
        guard other == digest else {
            throw TokenizationError(
                .vocabularyMismatch,
                "\(partner) belongs to vocabulary \(other.short), these tokenizers to \(digest.short). Use the tokenizers it was made with, or make it again."
            )
        }
    }
}
