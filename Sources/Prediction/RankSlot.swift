/// Where a unit would run.
public struct RankSlot: Hashable, Sendable {
    /// Ranks of the gang.
    public var ranks: Int
    /// Machines that are equally fast share a class, such as the processor's name; empty when it does not matter.
    public var hostClass: String

    /// Work a second of ranks on which a kind has not run yet, where 1 is the rank that durations are told for.
    public var speed: Double

    public init(ranks: Int = 1, hostClass: String = "", speed: Double = 1) {
        self.ranks = ranks
        self.hostClass = hostClass
        self.speed = speed
    }

    /// As many ranks of the same sort.
    public func with(ranks: Int) -> RankSlot { RankSlot(ranks: ranks, hostClass: hostClass, speed: speed) }
}
