/// Where a unit would run.
public struct RankSlot: Hashable, Sendable {
    /// Ranks of the gang.
    public var ranks: Int
    /// Machines that are equally fast share a class, such as the processor's name; empty when it does not matter.
    public var hostClass: String

    public init(ranks: Int = 1, hostClass: String = "") {
        self.ranks = ranks
        self.hostClass = hostClass
    }
}
