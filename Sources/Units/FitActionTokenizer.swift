import Episodes
import Ranks
public import Recipes
import Tokenization
import WorkGraph

/// Fits bins to every dimension of the actions.
public struct FitActionTokenizerKind: UnitKind {
    public typealias Result = ActionTokenizer

    public static let description = KindDescription(
        name: "FitActionTokenizer",
        summary: "Fits bins to every action dimension, between percentiles or on mu-law's scale.", computesFloats: true)

    @Input(.unlabelled, help: "Episodes whose actions are fitted.") var episodes: EpisodeSet
    @Setting(in: 2...65536, help: "Bins of a dimension; all dimensions share their ids.") var bins: Int = 256
    @Setting(help: "How numbers become bins.") var method: ScalarMethod = .quantiles

    public init() {}

    public func plan(_ draft: inout UnitDraft, _ context: PlanContext) throws {
        try method.check("method")
        draft.estimate = WorkEstimate(bytesRead: 1e6, bytesWritten: 2e3, fixedSeconds: 0.1)
    }

    public func run(_ context: UnitContext) throws {
        guard context.gang.rank == 0 else { return }
        let episodes = try SelectedEpisodes(context, "episodes")
        var values: [Float] = []
        try episodes.forEach(withFrames: false) { position, episode in
            guard context.stop == .none else { throw Interrupted() }
            values += episode.actions.values
            context.reporter.progress(position + 1, of: episodes.selection.episodes.count, figures: [:])
        }
        let quantizer = try ScalarQuantizer(
            fitting: values, stream: "actions", names: episodes.selection.streams.actionNames, bins: bins,
            method: method)
        try ScalarTokenizer(streams: [quantizer]).write(to: context.output("tokenizer"))
        for line in quantizer.summary(of: values) { context.reporter.log(line) }
    }
}

/// Fits bins to every dimension of the actions; see ``FitActionTokenizerKind``.
public func FitActionTokenizer(
    _ episodes: EpisodeSet, bins: Int = 256, method: ScalarMethod = .quantiles
) -> ActionTokenizer {
    let kind = FitActionTokenizerKind()
    kind.episodes = episodes
    kind.bins = bins
    kind.method = method
    return kind.place()
}
