import Episodes
import Ranks
public import Recipes
import Tokenization
import WorkGraph

/// Fits bins to every dimension of the actions, or frequencies and pairs to chunks of them.
public struct FitActionTokenizerKind: UnitKind {
    public typealias Result = ActionTokenizer

    public static let description = KindDescription(
        name: "FitActionTokenizer",
        summary: "Fits bins to every action dimension, or frequencies to chunks of steps.", computesFloats: true)

    @Input(.unlabelled, help: "Episodes whose actions are fitted.") var episodes: EpisodeSet
    @Setting(in: 2...65536, help: "Bins of a dimension, whose ids all dimensions share; .fast has ids of its own.")
    var bins: Int = 256
    @Setting(help: "How numbers become bins.") var method: ScalarMethod = .quantiles

    public init() {}

    public func plan(_ draft: inout UnitDraft, _ context: PlanContext) throws {
        try method.check("method")
        draft.estimate = WorkEstimate(bytesRead: 1e6, bytesWritten: 2e3, fixedSeconds: 0.1)
    }

    public func run(_ context: UnitContext) throws {
        guard context.gang.rank == 0 else { return }
        let episodes = try SelectedEpisodes(context, "episodes")
        var values: [[Float]] = []
        try episodes.forEach(withFrames: false) { position, episode in
            guard context.stop == .none else { throw Interrupted() }
            values.append(episode.actions.values)
            context.reporter.progress(position + 1, of: episodes.selection.episodes.count, figures: [:])
        }
        let names = episodes.selection.streams.actionNames
        if case .fast(let chunk, let scale) = method {
            try fitFrequencies(values, names, chunk, scale, context)
            return
        }
        let all = values.flatMap { $0 }
        let quantizer = try ScalarQuantizer(fitting: all, stream: "actions", names: names, bins: bins, method: method)
        try ActionCoder.bins(quantizer).write(to: context.output("tokenizer"))
        for line in quantizer.summary(of: all) { context.reporter.log(line) }
    }

    /// Fits chunks from every step of every episode and tells what those cost that the timeline holds.
    private func fitFrequencies(
        _ episodes: [[Float]], _ names: [String], _ chunk: Int, _ scale: Double, _ context: UnitContext
    ) throws {
        // Behind the end an episode's last action counts as repeated, as on the timeline.
        func chunks(every: Int) -> [[Float]] {
            episodes.flatMap { values in
                stride(from: 0, to: values.count, by: every * names.count).map { start in
                    var rows = Array(values[start..<min(values.count, start + chunk * names.count)])
                    while rows.count < chunk * names.count { rows += rows.suffix(names.count) }
                    return rows
                }
            }
        }
        let tokenizer = try FrequencyActionTokenizer(
            fitting: chunks(every: 1), stream: "actions", names: names, chunk: chunk, scale: scale)
        try ActionCoder.frequencies(tokenizer).write(to: context.output("tokenizer"))
        let (error, tokens) = try tokenizer.measured(on: chunks(every: chunk))
        context.reporter.log(
            "actions: \(Float(tokens)) of \(tokenizer.count) ids for \(chunk) steps in \(names.count) dimensions, where bins take \(tokenizer.coefficientCount); mean square error \(Float(error)) with the 1st to 99th percentile at -1…1"
        )
        context.reporter.figure("tokens_per_chunk", tokens)
        context.reporter.figure("chunk_error", error)
    }
}

/// Fits bins or frequencies to the actions; see ``FitActionTokenizerKind``.
public func FitActionTokenizer(
    _ episodes: EpisodeSet, bins: Int = 256, method: ScalarMethod = .quantiles
) -> ActionTokenizer {
    let kind = FitActionTokenizerKind()
    kind.episodes = episodes
    kind.bins = bins
    kind.method = method
    return kind.place()
}
