public import Determinism

/// What `index.json` of a token shard says: where each document lies in `tokens.bin`, and what the file's bytes must be.
public struct TokenShardIndex: Codable, Hashable, Sendable {
    public static let currentSchema = 3

    /// One document.
    public struct Entry: Codable, Hashable, Sendable {
        public let id: String
        /// Byte offset of the document in `tokens.bin`.
        public let offset: Int
        public let tokenCount: Int
        public let headerCount: Int
        public let stepCount: Int
        /// Numbers of an action.
        public let actionWidth: Int
        /// Recorded steps whose actions are stored.
        public let actionCount: Int
        /// Recorded steps of a step of the timeline.
        public let chunk: Int

        /// Bytes of the document: four for a token, two for its weight, one for its modality, four for a step's start and
        /// for each of an action's numbers.
        var byteCount: Int { 7 * tokenCount + 4 * (stepCount + actionCount * actionWidth) }
    }

    public var schema = Self.currentSchema
    /// The vocabulary the ids belong to.
    public var vocabulary: Digest
    /// SHA-256 of `tokens.bin`.
    public var sha256: Digest
    public var byteCount: Int
    public var documents: [Entry]
    /// Tokens by modality name over all documents.
    public var tokensByModality: [String: Int]
}
