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
    /// Where each step starts; every step but `eos` behind the last is equally long.
    public var stepStarts: [Int]
    /// The demonstrated actions `[steps, D]` in their own units.
    ///
    /// Policies are measured against them, not against the centres of bins.
    public var actions: [Float]

    public init(
        id: String, tokens: [Int32], weights: [UInt16], modalities: [UInt8], headerCount: Int, stepStarts: [Int],
        actions: [Float] = []
    ) {
        self.id = id
        self.tokens = tokens
        self.weights = weights
        self.modalities = modalities
        self.headerCount = headerCount
        self.stepStarts = stepStarts
        self.actions = actions
    }

    /// The tokens of step `index`; the last step's exclude the closing `eos`.
    public func stepRange(_ index: Int) -> Range<Int> {
        let end = index + 1 < stepStarts.count ? stepStarts[index + 1] : tokens.count - (endsWithSpecial ? 1 : 0)
        return stepStarts[index]..<end
    }

    /// The demonstrated action of step `index`, `[D]`; empty when none are stored.
    public func action(_ index: Int) -> ArraySlice<Float> {
        let width = stepStarts.isEmpty ? 0 : actions.count / stepStarts.count
        return actions[index * width..<(index + 1) * width]
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
        if actions.count % max(1, stepStarts.count) != 0 || (stepStarts.isEmpty && !actions.isEmpty) {
            return "\(actions.count) action values for \(stepStarts.count) steps"
        }
        if let modality = modalities.first(where: { Modality(rawValue: $0) == nil }) {
            return "modality \(modality), which does not exist"
        }
        return nil
    }
}
