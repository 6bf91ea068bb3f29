public import WorkGraph

/// The part of a resource request that decides where a unit fits; units with equal demands wait in one line.
public struct Demand: Hashable, Sendable {
    public let ranks: ClosedRange<Int>
    /// Per rank.
    public let cpus: Int
    /// Per rank.
    public let memoryBytes: Int
    /// Per unit, sorted by name.
    public let countable: [Countable]

    /// So many of one countable resource.
    public struct Countable: Hashable, Sendable {
        public let name: String
        public let amount: Int
    }

    /// - Parameter expectedMemoryBytes: what a rank is expected to need where the request does not say it; rounded up, so that units of
    ///   about the same need wait in one line.
    public init(_ request: ResourceRequest, expectedMemoryBytes: Int = 0) {
        ranks = max(1, request.ranks.lowerBound)...max(1, request.ranks.upperBound)
        cpus = max(1, request.cpus)
        memoryBytes = request.memoryBytes > 0 ? request.memoryBytes : Self.rounded(expectedMemoryBytes)
        countable = request.countable.filter { $0.value > 0 }.sorted { $0.key < $1.key }
            .map { Countable(name: $0.key, amount: $0.value) }
    }

    /// A unit of one rank and one processor that declares nothing else may queue behind others of its kind on a rank.
    public var isLight: Bool { ranks == 1...1 && cpus == 1 && memoryBytes == 0 && countable.isEmpty }

    /// The next of four steps between powers of two.
    private static func rounded(_ bytes: Int) -> Int {
        guard bytes > 8 else { return max(0, bytes) }
        let step = 1 << max(0, bytes.bitWidth - bytes.leadingZeroBitCount - 3)
        return (bytes + step - 1) / step * step
    }

    /// The same with twice the memory of each rank.
    var withTwiceTheMemory: Demand {
        Demand(ranks: ranks, cpus: cpus, memoryBytes: memoryBytes * 2, countable: countable)
    }

    private init(ranks: ClosedRange<Int>, cpus: Int, memoryBytes: Int, countable: [Countable]) {
        self.ranks = ranks
        self.cpus = cpus
        self.memoryBytes = memoryBytes
        self.countable = countable
    }
}
