public import Ranks
import Tokenization

// D action dimensions.

/// Mean absolute errors of actions on held-out episodes, of the policy and of two baselines, per dimension in its own units.
public struct ActionErrors: Codable, Hashable, Sendable {
    public var dimensions: [String]
    public var policy: [Double]
    /// Doing again what was done last before the policy chooses: in the step before, or before the chunk of steps; at the
    /// beginning, the mean action.
    public var repeatingLast: [Double]
    /// Always doing the mean action of the training episodes.
    public var meanAction: [Double]
    public var episodes: Int
    public var steps: Int

    /// Mean over dimensions.
    public static func overall(_ errors: [Double]) -> Double {
        errors.isEmpty ? 0 : errors.reduce(0, +) / Double(errors.count)
    }

    /// By how much the policy's error is below the better baseline's, as a share of it; negative when it is above.
    public var improvement: Double {
        let baseline = min(Self.overall(repeatingLast), Self.overall(meanAction))
        return baseline > 0 ? 1 - Self.overall(policy) / baseline : 0
    }

    /// Plays a policy along held-out episodes: before every step of the timeline it sees the true past, then it chooses the action
    /// or, with chunks, the actions up to the next step.
    ///
    /// Episodes are divided among the ranks and added in their order.
    ///
    /// - Parameters:
    ///   - meanAction: the mean action of the training episodes, `[D]`.
    ///   - traced: of so many episodes, from the first, every action is returned too.
    public static func measure(
        _ policy: ActionPolicy, on corpus: TokenCorpus, meanAction: [Double], traced: Int = 0, gang: any Gang
    ) throws -> (errors: ActionErrors, traces: [ActionTrace]) {
        let width = policy.tokenizers.actions.width
        let run = GradientTree.run(of: gang.rank, among: gang.count, leaves: corpus.documents.count)
        var chosen = ByteWriter()
        let mine = try gang.together {
            try run.map { number in
                let (sums, actions) = try compare(policy, corpus.documents[number], meanAction: meanAction)
                if number < traced { for value in actions { chosen.append(value.bitPattern) } }
                return sums
            }
        }
        var writer = ByteWriter()
        for sums in mine { for value in sums { writer.append(value.bitPattern) } }
        var totals = [Double](repeating: 0, count: 3 * width + 1)
        for bytes in try gang.allGather(writer.bytes) {
            var reader = ByteReader(bytes)
            for _ in 0..<bytes.count / (8 * totals.count) {
                for index in totals.indices { totals[index] += Double(bitPattern: reader.word()) }
            }
        }
        let steps = totals[3 * width]
        func mean(_ part: Int) -> [Double] {
            (0..<width).map { steps > 0 ? totals[part * width + $0] / steps : 0 }
        }
        let errors = ActionErrors(
            dimensions: policy.tokenizers.actions.names, policy: mean(0), repeatingLast: mean(1), meanAction: mean(2),
            episodes: corpus.documents.count, steps: Int(steps))
        // Ranks hold documents in order, so their bytes one after another are those of the traced documents.
        var reader = ByteReader(try gang.allGather(chosen.bytes).flatMap { $0 })
        let traces = corpus.documents.prefix(traced).map { document in
            ActionTrace(document, dimensions: policy.tokenizers.actions.names) { Double(bitPattern: reader.word()) }
        }
        return (errors, traces)
    }

    /// Sums of absolute errors of one episode (policy, repeating, mean, each `[D]`, and the number of steps) and the
    /// policy's actions, `[T, D]`.
    private static func compare(
        _ policy: ActionPolicy, _ document: TokenDocument, meanAction: [Double]
    ) throws -> (sums: [Double], actions: [Double]) {
        let tokenizers = policy.tokenizers
        let streams = tokenizers.vocabulary.streams
        let width = streams.actionWidth
        var sums = [Double](repeating: 0, count: 3 * width + 1)
        try document.requireActions(width: width)
        var session = try policy.session(header: Array(document.tokens[0..<document.headerCount]))
        var last = meanAction
        var actions: [Double] = []
        for step in document.stepStarts.indices {
            let tokens = Array(document.tokens[document.stepRange(step)])
            let truth = document.actions(ofStep: step).map(Double.init)
            let chosen = try session.act(Array(tokens[..<streams.observationTokenCount])).values.prefix(truth.count)
            try session.commit(action: Array(tokens[streams.observationTokenCount...]))
            actions += chosen
            for (place, (value, demonstrated)) in zip(chosen, truth).enumerated() {
                let dimension = place % width
                sums[dimension] += abs(value - demonstrated)
                sums[width + dimension] += abs(last[dimension] - demonstrated)
                sums[2 * width + dimension] += abs(meanAction[dimension] - demonstrated)
            }
            sums[3 * width] += Double(truth.count / width)
            last = Array(truth.suffix(width))
        }
        return (sums, actions)
    }
}

extension TokenDocument {
    /// - Throws: ``TrainingError`` when the demonstrated actions are not stored.
    func requireActions(width: Int) throws {
        guard actionWidth == width, (recordedSteps + chunk - 1) / chunk == stepStarts.count else {
            throw TrainingError(
                .unusableData,
                "episode '\(id)' has \(actions.count) action values for \(stepStarts.count) steps of \(chunk) actions of \(width); tokenize the episodes again"
            )
        }
    }
}
