import Episodes
import Ranks
public import Recipes
import Tokenization
import WorkGraph

/// Puts the tokenizers of all modalities under one vocabulary.
public struct AssembleVocabularyKind: UnitKind {
    public typealias Result = AssembledVocabulary

    public static let description = KindDescription(
        name: "AssembleVocabulary", summary: "Puts the tokenizers of all modalities under one vocabulary.")

    @Input(.unlabelled, help: "Episodes whose streams are tokenized.") var episodes: EpisodeSet
    @Input(help: "The text tokenizer.") var text: TextTokenizer
    @Input(help: "The image tokenizer; pictures are left out without it.") var images: ImageTokenizer? = nil
    @Input(help: "The action tokenizer.") var actions: ActionTokenizer
    @Input(help: "The sensor tokenizer; sensors are left out without it.") var sensors: SensorTokenizer? = nil
    @Setting(
        in: 1...1024, help: "Recorded steps for each observation; 1 also stands for the steps of the actions' chunk.")
    var observeEvery: Int = 1

    public init() {}

    public func plan(_ draft: inout UnitDraft, _ context: PlanContext) throws {
        draft.estimate = WorkEstimate(bytesRead: 2e6, bytesWritten: 2e6, fixedSeconds: 0.05)
    }

    public func run(_ context: UnitContext) throws {
        guard context.gang.rank == 0 else { return }
        let selection = try EpisodeSelection.read(context.path("episodes.selection"))
        let tokenizers = try Self.assemble(context, selection.streams, observeEvery: observeEvery)
        try tokenizers.write(to: context.output("vocabulary"))
        let blocks = tokenizers.vocabulary.blocks.filter { $0.count > 0 }.map { "\($0.modality.name) \($0.count)" }
        context.reporter.log(
            "\(tokenizers.vocabulary.count) tokens: \(blocks.joined(separator: ", ")); "
                + "\(Self.perStep(tokenizers.vocabulary.streams))")
        context.reporter.figure("vocabulary", Double(tokenizers.vocabulary.count))
        context.reporter.figure("tokens_per_step", Double(tokenizers.vocabulary.streams.tokensPerStep))
    }

    private static func perStep(_ streams: TokenStreams) -> String {
        let most = streams.actionChunk?.frequencies == true ? "at most " : ""
        let steps = streams.chunk > 1 ? "for \(streams.chunk) steps" : "a step"
        return "\(most)\(streams.tokensPerStep) tokens \(steps)"
    }

    /// The set of tokenizers bound to the ports `text`, `images`, `actions` and `sensors`.
    ///
    /// Every unit that tokenizes assembles it anew, which takes milliseconds and gives the same digest everywhere.
    static func assemble(
        _ context: UnitContext, _ streams: StreamSchema, observeEvery: Int
    ) throws -> TokenizerSet {
        let set = try TokenizerSet(
            text: try ByteLevelBPE.read(context.path("text.tokenizer")),
            images: try context.paths("images.tokenizer").first.map { try VQImageTokenizer.read($0) },
            actions: try ActionCoder.read(context.path("actions.tokenizer")),
            sensors: try context.paths("sensors.tokenizer").first.map { try ScalarTokenizer.read($0) },
            cameras: streams.cameras.map { ($0.name, $0.height, $0.width, $0.channels) },
            observeEvery: observeEvery)
        guard set.vocabulary.streams.actionNames == streams.actionNames else {
            throw TokenizationError(
                .badValue,
                "the action tokenizer was fitted to \(set.vocabulary.streams.actionNames), the episodes' actions are \(streams.actionNames)"
            )
        }
        for sensor in set.vocabulary.streams.sensors
        where !streams.sensors.contains(where: { $0.name == sensor.name && $0.width == sensor.width }) {
            throw TokenizationError(
                .badValue,
                "the sensor tokenizer was fitted to '\(sensor.name)' of width \(sensor.width), which the episodes do not have"
            )
        }
        return set
    }
}

/// Puts the tokenizers of all modalities under one vocabulary; see ``AssembleVocabularyKind``.
public func AssembleVocabulary(
    _ episodes: EpisodeSet, text: TextTokenizer, images: ImageTokenizer? = nil, actions: ActionTokenizer,
    sensors: SensorTokenizer? = nil, observeEvery: Int = 1
) -> AssembledVocabulary {
    let kind = AssembleVocabularyKind()
    kind.episodes = episodes
    kind.text = text
    kind.images = images
    kind.actions = actions
    kind.sensors = sensors
    kind.observeEvery = observeEvery
    return kind.place()
}
