/// One episode as tokens of the shared vocabulary.
///
/// The order is the timeline's: `bos`, the instruction, `steps`; then for every step the image codes of each camera, the
/// sensor tokens, the action tokens; then `eos`. See `Documentation/Timeline.md`.
///
/// - Invariant: `tokens`, `weights` and `modalities` are equally long; `stepStarts` ascends, starts at `headerCount` unless
///   empty, and stays below `tokens.count`.
public struct TokenDocument: Hashable, Sendable {
    /// The episode's id, such as `demo_12`.
    public var id: String
    /// Ids of the shared vocabulary.
    public var tokens: [Int32]
    /// What each token weighs in the loss when it is predicted, in 1/256.
    public var weights: [UInt16]
    /// ``Modality`` of each token, as its raw value.
    public var modalities: [UInt8]
    /// How many tokens at the front hold `bos`, the instruction and `steps`.
    public var headerCount: Int
    /// Where each step of the timeline starts.
    public var stepStarts: [Int]
    /// The demonstrated actions `[recorded steps, D]` in their own units.
    ///
    /// Policies are measured against them, not against the centres of bins.
    public var actions: [Float]
    /// Numbers of an action, D; 0 when none are stored.
    public var actionWidth: Int
    /// Recorded steps of a step of the timeline; the last one may hold fewer.
    public var chunk: Int

    /// - Parameter actionWidth: told by `actions` when absent, if a step of the timeline is a recorded one.
    public init(
        id: String, tokens: [Int32], weights: [UInt16], modalities: [UInt8], headerCount: Int, stepStarts: [Int],
        actions: [Float] = [], actionWidth: Int? = nil, chunk: Int = 1
    ) {
        self.id = id
        self.tokens = tokens
        self.weights = weights
        self.modalities = modalities
        self.headerCount = headerCount
        self.stepStarts = stepStarts
        self.actions = actions
        self.actionWidth = actionWidth ?? actions.count / max(1, stepStarts.count)
        self.chunk = chunk
    }

    /// Recorded steps whose actions are stored.
    public var recordedSteps: Int { actionWidth > 0 ? actions.count / actionWidth : 0 }

    /// The tokens of step `index`; the last step's exclude the closing `eos`.
    public func stepRange(_ index: Int) -> Range<Int> {
        let end = index + 1 < stepStarts.count ? stepStarts[index + 1] : tokens.count - (endsWithSpecial ? 1 : 0)
        return stepStarts[index]..<end
    }

    /// The demonstrated actions of step `index` of the timeline, `[chunk or fewer, D]`; empty when none are stored.
    public func actions(ofStep index: Int) -> ArraySlice<Float> {
        let width = chunk * actionWidth
        return actions[min(actions.count, index * width)..<min(actions.count, (index + 1) * width)]
    }

    /// The demonstrated actions, one row a recorded step, `[recorded steps][D]`.
    public var actionRows: [ArraySlice<Float>] {
        (0..<recordedSteps).map { actions[$0 * actionWidth..<($0 + 1) * actionWidth] }
    }

    /// Whether the last token is the closing `eos`.
    private var endsWithSpecial: Bool { modalities.last == Modality.special.rawValue && tokens.count > headerCount }

    /// What breaks the invariant, or `nil`.
    var defect: String? {
        if weights.count != tokens.count { return "\(weights.count) weights for \(tokens.count) tokens" }
        if modalities.count != tokens.count { return "\(modalities.count) modalities for \(tokens.count) tokens" }
        if headerCount < 0 || headerCount > tokens.count {
            return "a header of \(headerCount) in \(tokens.count) tokens"
        }
        if let first = stepStarts.first, first != headerCount {
            return "the first step at \(first) behind a header of \(headerCount)"
        }
        if zip(stepStarts, stepStarts.dropFirst()).contains(where: { $0 >= $1 }) {
            return "step starts that do not ascend"
        }
        if let last = stepStarts.last, last >= tokens.count { return "a step at \(last) of \(tokens.count) tokens" }
        if chunk < 1 || actionWidth < 0 { return "chunks of \(chunk) actions of \(actionWidth) numbers" }
        if !actions.isEmpty,
            recordedSteps * actionWidth != actions.count || (recordedSteps + chunk - 1) / chunk != stepStarts.count
        {
            return "\(actions.count) action values for \(stepStarts.count) steps"
        }
        if let modality = modalities.first(where: { Modality(rawValue: $0) == nil }) {
            return "modality \(modality), which does not exist"
        }
        return nil
    }
}
