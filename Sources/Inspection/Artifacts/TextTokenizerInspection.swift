import Foundation
import Tokenization

/// A byte-level BPE tokenizer: how many ids, and its longest words.
public struct TextTokenizerInspection: InspectedThing {
    public static let kind = "text tokenizer"
    private static let fileName = "tokenizer.json"
    private static let examples = 12

    public let ids: Int
    public let specialTokens: [String]
    /// The longest tokens, longest first.
    public let longest: [String]

    public static func recognizes(_ place: InspectedPlace) -> Bool {
        let name = place.isFolder ? fileName : nil
        guard !place.isFolder || place.has(fileName),
            let model = place.jsonObject(name)?["model"] as? [String: Any]
        else { return false }
        return model["vocab"] != nil
    }

    public init(_ place: InspectedPlace, options: InspectionOptions) throws {
        self.init(
            try ByteLevelBPE.read(file: place.isFolder ? place.path + "/" + Self.fileName : place.path))
    }

    init(_ tokenizer: ByteLevelBPE) {
        ids = tokenizer.count
        specialTokens = tokenizer.specialNames
        let special = Set(specialTokens)
        let words = (0..<Int32(tokenizer.count)).compactMap { try? tokenizer.decode([$0]) }
        longest = words.filter { !special.contains($0) }
            .sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }.prefix(Self.examples).map { $0 }
    }

    public var lines: [String] {
        var facts = FactList()
        facts.add("kind", "byte-level BPE")
        facts.add(
            "ids",
            "\(ids): \(counted(specialTokens.count, "special token")), 256 bytes, \(counted(max(0, ids - specialTokens.count - 256), "merge"))"
        )
        if !specialTokens.isEmpty { facts.add("special", specialTokens.joined(separator: " ")) }
        facts.add("longest", longest.map { "'\($0.shortened(to: 40))'" }.joined(separator: " "))
        return facts.lines
    }
}
