/// Decides in a simulation what starts where.
public protocol Dispatcher {
    /// All parents of a unit are done, or it was interrupted and can start again.
    mutating func becameReady(_ unit: Int, in cluster: Cluster)
    /// A unit began to compute on its ranks, or will once it has fetched what they lack.
    mutating func started(_ unit: Int, ranks: [Int], in cluster: Cluster)
    /// A unit ended after so many seconds, told for one rank of speed 1; `nil` when it was interrupted.
    mutating func finished(_ unit: Int, seconds: Double?, in cluster: Cluster)
    /// Called whenever something happened: what starts now, and which ranks are asked for or given back.
    mutating func decide(in cluster: Cluster) -> [SimulatedDecision]
}

/// What a dispatcher wants.
public enum SimulatedDecision: Hashable, Sendable {
    /// Start a ready unit on idle ranks, which are named once each.
    case start(unit: Int, ranks: [Int])
    /// Ask for a closed rank.
    case open(rank: Int)
    /// Give an idle rank back.
    case close(rank: Int)
    /// Ask again after so many seconds though nothing happens.
    case wake(afterSeconds: Double)
}
