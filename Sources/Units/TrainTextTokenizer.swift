import Episodes
import Ranks
public import Recipes
public import Tokenization
import WorkGraph

extension TextSplitting: NamedCases {}

/// Learns a byte-level BPE vocabulary from the instructions of episodes.
public struct TrainTextTokenizerKind: UnitKind {
    public typealias Result = TextTokenizer

    public static let description = KindDescription(
        name: "TrainTextTokenizer", summary: "Learns a byte-level BPE vocabulary from the instructions of episodes.")

    @Input(.unlabelled, help: "Episodes whose instructions are learned from.") var episodes: EpisodeSet
    @Setting(in: 256...1_048_576, help: "Ids to reach; few instructions give fewer, never below the 256 bytes.")
    var vocabulary: Int = 1024
    @Setting(in: 1...1_000_000, help: "How often a pair must occur to be merged.") var minimumFrequency: Int = 2
    @Setting(
        help:
            "Which pieces of a text merges stay within: GPT-2's words, or GPT-4's with numbers of at most three digits."
    )
    var splitting: TextSplitting = .gpt2

    public init() {}

    public func plan(_ draft: inout UnitDraft, _ context: PlanContext) throws {
        draft.estimate = WorkEstimate(bytesRead: 1e5, bytesWritten: 4e4, fixedSeconds: 0.05)
    }

    public func run(_ context: UnitContext) throws {
        guard context.gang.rank == 0 else { return }
        // Only the selection is read: it holds the instructions.
        let instructions = try SelectedEpisodes(context, "episodes").selection.episodes.map(\.instruction)
        let tokenizer = try ByteLevelBPE.train(
            on: instructions, vocabularySize: vocabulary, minimumFrequency: minimumFrequency, splitting: splitting)
        try tokenizer.write(to: context.output("tokenizer"))
        let different = Set(instructions.map { Array($0.utf8) }).count
        if tokenizer.count < vocabulary {
            context.reporter.log(
                "\(instructions.count) instructions, \(different) different: after \(tokenizer.count) tokens no pair occurs "
                    + "\(minimumFrequency) times, so the vocabulary ends there, below the \(vocabulary) asked for")
        } else {
            context.reporter.log(
                "\(tokenizer.count) tokens from \(instructions.count) instructions, \(different) different")
        }
        context.reporter.figure("text_vocabulary", Double(tokenizer.count))
    }
}

/// Learns a byte-level BPE vocabulary from the instructions of episodes; see ``TrainTextTokenizerKind``.
public func TrainTextTokenizer(
    _ episodes: EpisodeSet, vocabulary: Int = 1024, minimumFrequency: Int = 2, splitting: TextSplitting = .gpt2
) -> TextTokenizer {
    let kind = TrainTextTokenizerKind()
    kind.episodes = episodes
    kind.vocabulary = vocabulary
    kind.minimumFrequency = minimumFrequency
    kind.splitting = splitting
    return kind.place()
}
