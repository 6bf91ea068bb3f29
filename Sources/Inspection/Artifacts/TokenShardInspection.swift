public import Determinism
import Observatory
import Tokenization

/// A token shard: documents, tokens by modality, and the start of the first document.
public struct TokenShardInspection: InspectedThing {
    public static let kind = "token shard"

    /// Consecutive tokens of one modality.
    public struct Part: Sendable, Encodable {
        public let modality: String
        public let tokens: [Int32]
        /// What each weighs in the loss.
        public let weight: Double
    }

    private static let shownTokens = 10

    public let documents: Int
    public let tokens: Int
    public let steps: Int
    public let tokensByModality: [String: Int]
    /// Tokens of a document; `nil` without documents.
    public let documentTokens: LengthSummary?
    public let documentSteps: LengthSummary?
    public let vocabulary: Digest
    /// SHA-256 of the tokens, which was checked.
    public let sha256: Digest
    public let bytes: Int
    /// Numbers of the demonstrated action that is kept beside each step's tokens; 0 when none is.
    public let actionWidth: Int
    /// Recorded steps of a step of the timeline.
    public let chunk: Int
    /// Name of the first document.
    public let firstDocument: String?
    /// Header and first step of the first document.
    public let excerpt: [Part]

    public static func recognizes(_ place: InspectedPlace) -> Bool {
        place.has("index.json") && place.member("tokens.bin", startsWith: Array("ORCTOKEN".utf8))
    }

    /// - Throws: `TokenizationError` when the shard is damaged.
    public init(_ place: InspectedPlace, options: InspectionOptions) throws {
        let reader = try TokenShardReader(place.path)
        let index = reader.index
        documents = index.documents.count
        tokens = index.documents.reduce(0) { $0 + $1.tokenCount }
        steps = index.documents.reduce(0) { $0 + $1.stepCount }
        tokensByModality = index.tokensByModality
        documentTokens = LengthSummary(index.documents.map(\.tokenCount))
        documentSteps = LengthSummary(index.documents.map(\.stepCount))
        vocabulary = index.vocabulary
        sha256 = index.sha256
        bytes = index.byteCount
        actionWidth = index.documents.first?.actionWidth ?? 0
        chunk = index.documents.first?.chunk ?? 1
        firstDocument = index.documents.first?.id
        excerpt = reader.count > 0 ? Self.excerpt(try reader.document(0)) : []
    }

    private static func excerpt(_ document: TokenDocument) -> [Part] {
        let end = document.stepStarts.isEmpty ? document.tokens.count : document.stepRange(0).upperBound
        var parts: [Part] = []
        var start = 0
        while start < end {
            let modality = document.modalities[start]
            let rest = document.modalities[start..<end]
            let stop = rest.firstIndex { $0 != modality } ?? end
            parts.append(
                Part(
                    modality: Modality(rawValue: modality)?.name ?? "\(modality)",
                    tokens: Array(document.tokens[start..<stop]), weight: Double(document.weights[start]) / 256))
            start = stop
        }
        return parts
    }

    public var lines: [String] {
        var facts = FactList()
        facts.add("documents", "\(documents), \(counted(steps, "step"))")
        facts.add("tokens", TensorOutline.grouped(tokens))
        for modality in Modality.allCases {
            guard let count = tokensByModality[modality.name], count > 0, tokens > 0 else { continue }
            let share = HumanText.fixed(100 * Double(count) / Double(tokens), 1)
            facts.add("tokens", "\(modality.name) \(TensorOutline.grouped(count)) (\(share) %)")
        }
        if let documentTokens {
            facts.add("a document", "tokens \(documentTokens.text)")
        }
        if let documentSteps {
            facts.add("a document", "steps \(documentSteps.text)")
        }
        if chunk > 1 { facts.add("a step", "the first of \(chunk) recorded steps and the actions of all") }
        if actionWidth > 0 { facts.add("actions", "\(actionWidth) numbers a recorded step, as demonstrated") }
        facts.add("vocabulary", vocabulary.hexDigits)
        facts.add("tokens.bin", "\(HumanText.bytes(bytes)), SHA-256 as its index says")
        guard let firstDocument else { return facts.lines }
        var start = FactList()
        for part in excerpt {
            let more = part.tokens.count > Self.shownTokens ? " … (\(part.tokens.count))" : ""
            start.add(
                "  \(part.modality)",
                part.tokens.prefix(Self.shownTokens).map { "\($0)" }.joined(separator: " ") + more
                    + "  × \(HumanText.number(part.weight))")
        }
        return facts.lines + ["", "\(firstDocument) begins with (ids × weight in the loss)"] + start.lines
    }
}
