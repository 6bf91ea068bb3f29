import Determinism
import DurableFiles
import Foundation
import Ranks
public import Recipes
import Tokenization
import Training
import WorkGraph

/// Measures a trained policy on held-out episodes and in the built-in simulator.
public struct EvaluateKind: UnitKind {
    public typealias Result = Evaluation

    public static let description = KindDescription(
        name: "Evaluate", version: 2, summary: "Measures a trained policy on held-out episodes and in the simulator.",
        computesFloats: true, isRandom: true)

    @Input(.unlabelled, help: "The trained model.") var policy: Checkpoint
    @Input(help: "Held-out tokens.") var on: TokenShards
    @Setting(in: 0...10_000, help: "Episodes in the simulator, where it fits the data; 0 for none.")
    var rollouts: Int = 8
    @Setting(in: 1...10_000, help: "Most steps of an episode in the simulator.") var stepLimit: Int = 120
    @Setting(in: 1...65536, help: "Windows computed together.") var microBatch: Int = 4
    @Resource(in: 1...65536, help: "Ranks that evaluate together.") var ranks: ClosedRange<Int> = 1...1

    public init() {}

    public func plan(_ draft: inout UnitDraft, _ planContext: PlanContext) throws {
        draft.resources.ranks = ranks
        draft.estimate = WorkEstimate(bytesWritten: 4096, fixedSeconds: 5 + 1.5 * Double(rollouts))
    }

    /// Episodes whose actions are written down step by step.
    private static let tracedEpisodes = 3

    /// The figures as they are written.
    private struct Figures: Codable {
        var schema = "orchestrate.evaluation/1"
        var vocabulary: Digest
        var step: Int
        var heldOut: HeldOutFigures
        var actions: ActionErrors
        /// Share by which the policy's action error is below the better baseline's.
        var actionImprovement: Double
        /// How much the loss of action tokens rises when images are those of another window.
        var shuffledImagesRaiseLossBy: Double?
        var closedLoop: ClosedLoop?
        /// Why ``closedLoop`` is absent.
        var closedLoopOmitted: String?
        /// The first episodes, step by step.
        var traces: [ActionTrace]
    }

    public func run(_ unit: UnitContext) throws {
        let gang = unit.gang
        let policy = try ActionPolicy(try TrainedModel(unit.path("policy.checkpoint")))
        let vocabulary = policy.tokenizers.vocabulary
        let corpus = try TokenCorpus(shards: unit.paths("on.shards"), vocabulary: vocabulary.digest)
        guard !corpus.documents.isEmpty else {
            throw TrainingError(
                .unusableData, "there are no held-out episodes to evaluate on; enlarge that part of the split")
        }
        let parts = 2 + rollouts
        let report: (Int) -> Void = { if gang.rank == 0 { unit.reporter.progress($0, of: parts, figures: [:]) } }
        report(0)
        let heldOut = try HeldOutFigures.measure(
            policy.transformer, weights: policy.model.weights, on: corpus, rows: microBatch, seed: unit.seed, gang: gang
        )
        report(1)
        guard try !gang.anyRank(unit.stop != .none) else { throw Interrupted() }
        let statistics = try ActionStatistics.read(policy.model.folder)
        let (actions, traces) = try ActionErrors.measure(
            policy, on: corpus, meanAction: statistics.mean, traced: Self.tracedEpisodes, gang: gang)
        report(2)
        guard try !gang.anyRank(unit.stop != .none) else { throw Interrupted() }
        var figures = Figures(
            vocabulary: vocabulary.digest, step: policy.model.manifest.step, heldOut: heldOut, actions: actions,
            actionImprovement: actions.improvement,
            shuffledImagesRaiseLossBy: heldOut.actionLossWithShuffledImages.flatMap { strange in
                heldOut.actionLoss.map { strange - $0 }
            }, traces: traces)
        if let reason = ClosedLoop.mismatch(vocabulary.streams) {
            figures.closedLoopOmitted = reason
            if gang.rank == 0 { unit.reporter.log("no closed loop: \(reason)") }
        } else if rollouts > 0 {
            figures.closedLoop = try ClosedLoop.measure(
                policy, rollouts: rollouts, stepLimit: stepLimit, seed: unit.seed, gang: gang,
                shouldStop: { unit.stop != .none }, finished: { report(min(parts, 3 + $0)) })
            guard try !gang.anyRank(unit.stop != .none) else { throw Interrupted() }
        }
        guard gang.rank == 0 else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        try DurableFiles.write(Array(try encoder.encode(figures)) + [10], to: unit.output("evaluation"))
        tell(figures, unit)
    }

    private func tell(_ figures: Figures, _ unit: UnitContext) {
        let reporter = unit.reporter
        reporter.figure("loss", figures.heldOut.loss)
        for (name, modality) in figures.heldOut.modalities.sorted(by: { $0.key < $1.key }) {
            reporter.figure("\(name)_perplexity", modality.perplexity)
        }
        reporter.figure("action_error", ActionErrors.overall(figures.actions.policy))
        reporter.figure("action_error_repeating_last", ActionErrors.overall(figures.actions.repeatingLast))
        reporter.figure("action_error_mean_action", ActionErrors.overall(figures.actions.meanAction))
        reporter.figure("action_improvement", figures.actionImprovement)
        if let change = figures.shuffledImagesRaiseLossBy { reporter.figure("shuffled_images_raise_loss_by", change) }
        if let accuracy = figures.heldOut.nextFrameAccuracy { reporter.figure("next_frame_accuracy", accuracy) }
        if let accuracy = figures.heldOut.copiedFrameAccuracy { reporter.figure("copied_frame_accuracy", accuracy) }
        if let loop = figures.closedLoop {
            reporter.figure("success", loop.policySuccess)
            reporter.figure("success_expert", loop.expertSuccess)
            reporter.figure("success_random", loop.randomSuccess)
        }
        reporter.log(
            "action error \(figures.actions.policy) \(figures.actions.dimensions) over \(figures.actions.episodes) episodes; repeating the last action \(figures.actions.repeatingLast), the mean action \(figures.actions.meanAction)"
        )
    }
}

/// Measures a trained policy on held-out episodes and in the simulator; see ``EvaluateKind``.
@discardableResult
public func Evaluate(
    _ policy: Checkpoint, on: TokenShards, rollouts: Int = 8, stepLimit: Int = 120, microBatch: Int = 4,
    ranks: ClosedRange<Int> = 1...1
) -> Evaluation {
    let kind = EvaluateKind()
    kind.policy = policy
    kind.on = on
    kind.rollouts = rollouts
    kind.stepLimit = stepLimit
    kind.microBatch = microBatch
    kind.ranks = ranks
    return kind.place()
}
