/// The quantizers of an ordered list of streams that share one block of the vocabulary.
///
/// An action tokenizer has one stream, a sensor tokenizer any number. Stored as `bins.json`.
public struct ScalarTokenizer: Codable, Hashable, Sendable {
    public static let currentSchema = 1
    static let fileName = "bins.json"

    public let schema: Int
    public let streams: [ScalarQuantizer]

    /// - Throws: ``TokenizationError`` when streams have different numbers of bins or share a name.
    public init(streams: [ScalarQuantizer]) throws {
        schema = Self.currentSchema
        self.streams = streams
        guard Set(streams.map(\.bins)).count <= 1 else {
            throw TokenizationError(
                .badValue, "streams that share a block need equal numbers of bins: \(streams.map(\.bins))")
        }
        guard Set(streams.map(\.stream)).count == streams.count else {
            throw TokenizationError(.badValue, "two streams have one name: \(streams.map(\.stream))")
        }
    }

    /// Ids the block needs.
    public var bins: Int { streams.first?.bins ?? 0 }

    func files() throws -> TokenizerFiles { TokenizerFiles([Self.fileName: try StableJSON.encode(self)]) }

    /// Writes `bins.json` into `folder`, which is created.
    public func write(to folder: String) throws { try files().write(to: folder) }

    /// Reads `bins.json` of `folder`.
    public static func read(_ folder: String) throws -> ScalarTokenizer {
        let path = folder + "/" + fileName
        let stored = try StableJSON.decode(ScalarTokenizer.self, from: path)
        guard stored.schema == currentSchema else {
            throw TokenizationError(
                .damaged, "'\(path)' has schema \(stored.schema); this program reads \(currentSchema)")
        }
        return try ScalarTokenizer(streams: stored.streams)
    }
}
