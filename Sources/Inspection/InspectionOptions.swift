/// How closely things are looked at.
public struct InspectionOptions: Sendable {
    /// Whether numbers are read to tell their ranges.
    public var readsRanges: Bool
    /// Whether histograms of actions are drawn.
    public var drawsHistograms: Bool
    /// Whether siblings that are alike stand in one line.
    public var foldsSiblings: Bool
    /// Told what is being read: how much is done, and of how much.
    public var progress: @Sendable (_ what: String, _ done: Int, _ of: Int) -> Void

    public init(
        readsRanges: Bool = true, drawsHistograms: Bool = false, foldsSiblings: Bool = true,
        progress: @escaping @Sendable (_ what: String, _ done: Int, _ of: Int) -> Void = { _, _, _ in }
    ) {
        self.readsRanges = readsRanges
        self.drawsHistograms = drawsHistograms
        self.foldsSiblings = foldsSiblings
        self.progress = progress
    }
}
