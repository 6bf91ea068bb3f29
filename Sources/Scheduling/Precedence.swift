/// Which units wait for which, and an order in which all of them can run.
public struct Precedence: Sendable {
    /// For each unit the positions of those it waits for.
    public let parents: [[Int]]
    /// For each unit the positions of those that wait for it.
    public let children: [[Int]]
    /// Every unit after its parents; shorter than the list of units when they wait in a circle.
    public let order: [Int]
    /// All of ``children`` one after another; those of unit *i* are `flatChildren[firstChild[i]..<firstChild[i + 1]]`.
    ///
    /// Paths are found again and again while a run teaches, and lists of lists cost most of that time.
    private let flatChildren: [Int]
    private let firstChild: [Int]

    /// The edges of a graph, told by the parents of each unit, without repetition.
    ///
    /// - Complexity: O(units + edges).
    public init(parents: [[Int]]) {
        var children = [[Int]](repeating: [], count: parents.count)
        for (unit, list) in parents.enumerated() {
            for parent in list { children[parent].append(unit) }
        }
        var missing = parents.map(\.count)
        var order = missing.indices.filter { missing[$0] == 0 }
        order.reserveCapacity(parents.count)
        var next = 0
        while next < order.count {
            for child in children[order[next]] {
                missing[child] -= 1
                if missing[child] == 0 { order.append(child) }
            }
            next += 1
        }
        self.parents = parents
        self.children = children
        self.order = order
        flatChildren = children.flatMap { $0 }
        firstChild = children.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
    }

    /// One circle of units, each of which waits for the one before; empty when there is none.
    public func circle() -> [Int] {
        let stuck = Set(parents.indices).subtracting(order)
        guard var place = stuck.min() else { return [] }
        var path: [Int] = []
        var seen: [Int: Int] = [:]
        while seen[place] == nil {
            seen[place] = path.count
            path.append(place)
            guard let parent = parents[place].first(where: stuck.contains) else { return [] }
            place = parent
        }
        return Array((path[(seen[place] ?? 0)...] + [place]).reversed())
    }

    /// For each unit how many distinct others wait for it, directly or through others.
    ///
    /// - Complexity: O(edges × units / 64).
    public func descendantCounts() -> [Int] {
        let words = (children.count + 63) / 64
        var reached = [UInt64](repeating: 0, count: children.count * words)
        var counts = [Int](repeating: 0, count: children.count)
        for unit in order.reversed() {
            let start = unit * words
            for child in children[unit] {
                let other = child * words
                for word in 0..<words { reached[start + word] |= reached[other + word] }
                reached[start + child / 64] |= 1 << UInt64(child % 64)
            }
            var count = 0
            for word in 0..<words { count += reached[start + word].nonzeroBitCount }
            counts[unit] = count
        }
        return counts
    }

    /// For each unit the seconds of the longest path that begins with it.
    public func tails(_ seconds: [Double]) -> [Double] {
        var tails = seconds
        for unit in order.reversed() {
            var longest = 0.0
            for index in firstChild[unit]..<firstChild[unit + 1] { longest = max(longest, tails[flatChildren[index]]) }
            tails[unit] = seconds[unit] + longest
        }
        return tails
    }

    /// For each unit the seconds of the longest path that must end before it starts.
    public func heads(_ seconds: [Double]) -> [Double] {
        var heads = [Double](repeating: 0, count: seconds.count)
        for unit in order {
            let end = heads[unit] + seconds[unit]
            for child in children[unit] { heads[child] = max(heads[child], end) }
        }
        return heads
    }
}
