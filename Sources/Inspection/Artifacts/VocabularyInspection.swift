public import Determinism
public import Pictures
public import Tokenization

/// A vocabulary folder: blocks of ids, the streams of a step, and the tokenizers it is assembled of.
public struct VocabularyInspection: InspectedThing {
    public static let kind = "vocabulary"

    public let digest: Digest
    /// Ids in all.
    public let size: Int
    public let blocks: [SharedVocabulary.Block]
    public let specialTokens: [String]
    public let streams: TokenStreams
    public let tokensPerStep: Int
    public let text: TextTokenizerInspection
    public let images: ImageTokenizerInspection?
    /// Bins of sensors, and of actions unless these are frequencies.
    public let scalars: ScalarTokenizerInspection
    public let actionChunks: FrequencyTokenizerInspection?

    public static func recognizes(_ place: InspectedPlace) -> Bool { place.has("vocabulary.json", "text") }

    /// - Throws: `TokenizationError` when a tokenizer's file is not the one that the vocabulary names.
    public init(_ place: InspectedPlace, options: InspectionOptions) throws {
        let set = try TokenizerSet.open(place.path)
        digest = set.vocabulary.digest
        size = set.vocabulary.count
        blocks = set.vocabulary.blocks
        specialTokens = set.vocabulary.specialTokens
        streams = set.vocabulary.streams
        tokensPerStep = set.vocabulary.streams.tokensPerStep
        text = TextTokenizerInspection(set.text)
        images = set.images.map { ImageTokenizerInspection($0, report: nil) }
        switch set.actions {
        case .bins(let quantizer):
            scalars = ScalarTokenizerInspection([quantizer] + set.sensors)
            actionChunks = nil
        case .frequencies(let tokenizer):
            scalars = ScalarTokenizerInspection(set.sensors)
            actionChunks = FrequencyTokenizerInspection(tokenizer)
        }
    }

    public var lines: [String] {
        var facts = FactList()
        facts.add("ids", "\(size)")
        for block in blocks where block.count > 0 {
            facts.add("ids", "\(block.first)..<\(block.first + block.count) \(block.modality.name), \(block.count)")
        }
        facts.add("special", specialTokens.joined(separator: " "))
        let atMost = actionChunks == nil ? "" : "at most "
        facts.add("a step", "\(atMost)\(tokensPerStep) tokens")
        if streams.chunk > 1 { facts.add("a step", "\(streams.chunk) recorded steps, of which the first is seen") }
        for camera in streams.cameras {
            facts.add(
                "a step",
                "\(camera.tokenCount) of camera \(camera.name) (\(camera.height)×\(camera.width) in patches of \(camera.patch))"
            )
        }
        for sensor in streams.sensors { facts.add("a step", "\(sensor.width) of sensor \(sensor.name)") }
        facts.add("a step", "\(atMost)\(streams.actionTokenCount) of the action")
        facts.add("digest", digest.hexDigits)
        var lines = facts.lines + ["", "text tokenizer"] + text.lines.map { "  " + $0 }
        if let images { lines += ["", "image tokenizer"] + images.lines.map { "  " + $0 } }
        if let actionChunks { lines += ["", "chunks of actions"] + actionChunks.lines.map { "  " + $0 } }
        if scalars.streams.isEmpty { return lines }
        let title = actionChunks == nil ? "action and sensor bins" : "sensor bins"
        return lines + ["", title] + scalars.lines.map { "  " + $0 }
    }

    public func contactSheet(of place: InspectedPlace) throws -> ContactSheet? {
        try TokenizerSet.open(place.path).images.map(CodebookSheet.make)
    }
}
