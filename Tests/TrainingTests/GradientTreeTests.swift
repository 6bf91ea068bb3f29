import Determinism
import Kernels
import Testing
import TestSupport
import Training

/// Pseudo-random gradients of leaves with very different magnitudes, so that any other order of additions shows.
private func gradient(of leaf: Int, count: Int) -> FloatBuffer {
    var words = RandomField(seed: 5, purpose: RandomPurpose("test.gradient")).stream(UInt32(leaf))
    return FloatBuffer(
        (0..<count).map { _ in
            Float(words.normal()) * Float(sign: .plus, exponent: words.index(below: 20) - 10, significand: 1)
        })
}

@Suite("Gradient tree")
struct GradientTreeTests {
    /// The definition, written as recursion over the whole step.
    static func expected(_ level: Int, _ index: Int, leaves: Int, count: Int) -> [Float]? {
        guard index << level < leaves else { return nil }
        if level == 0 { return gradient(of: index, count: count).array }
        guard let left = expected(level - 1, 2 * index, leaves: leaves, count: count) else { return nil }
        guard let right = expected(level - 1, 2 * index + 1, leaves: leaves, count: count) else { return left }
        return zip(left, right).map { $0 + $1 }
    }

    static func levels(_ leaves: Int) -> Int {
        var level = 0
        while 1 << level < leaves { level += 1 }
        return level
    }

    @Test("a contiguous run needs at most 2·floor(log2(n+1)) buffers, an aligned one floor(log2 n) + 1")
    func stackBound() {
        for start in 0..<40 {
            for count in 1...40 {
                var stack = NodeStack<Int>()
                var peak = 0
                for leaf in start..<start + count {
                    peak = max(peak, stack.entries.count + 1)
                    stack.push(TreeNode(leaf: leaf), leaf) { _, _ in }
                }
                #expect(stack.entries.map(\.node) == GradientTree.nodes(covering: start..<start + count))
                var log = 0
                while 2 << log <= count + 1 { log += 1 }
                #expect(peak <= max(1, 2 * log), "run \(start)..<\(start + count) held \(peak)")
                var exact = 0
                while 2 << exact <= count { exact += 1 }
                if start == 0 { #expect(peak <= exact + 1) }
            }
        }
    }

    @Test("any division of the leaves into runs gives the tree's bits", arguments: [1, 2, 3, 5, 6, 7, 8, 11, 16])
    func anyAssignment(leaves: Int) throws {
        let count = 37
        let truth = try #require(Self.expected(Self.levels(leaves), 0, leaves: leaves, count: count))
        let kernels = try Kernels.current()
        var words = RandomField(seed: 9, purpose: RandomPurpose("test.cuts")).stream(UInt32(leaves))
        for _ in 0..<20 {
            // Cut points anywhere, so that runs may be empty, long or unaligned.
            let cuts = [0] + (0..<words.index(below: 5)).map { _ in words.index(below: leaves + 1) }.sorted() + [leaves]
            var joined = NodeStack<FloatBuffer>()
            let add: (FloatBuffer, FloatBuffer) -> Void = { kernels.add($1.all, to: $0.all) }
            for (low, high) in zip(cuts, cuts.dropFirst()) {
                var stack = NodeStack<FloatBuffer>()
                for leaf in low..<high { stack.push(TreeNode(leaf: leaf), gradient(of: leaf, count: count), add: add) }
                for entry in stack.removeAll() { joined.push(entry.node, entry.payload, add: add) }
            }
            let finished = joined.finish(add: add)
            let sum = try #require(finished)
            #expect(sum.array.map(\.bitPattern) == truth.map(\.bitPattern))
        }
    }

    @Test("owners finish the tree with equal bits at any number of ranks", arguments: [1, 2, 3, 5, 9])
    func exchanged(ranks: Int) throws {
        let leaves = 7
        let count = 3 * 4096 + 100
        let truth = try #require(Self.expected(Self.levels(leaves), 0, leaves: leaves, count: count))
        let parts = try ThreadGang.run(ranks: ranks) { gang -> [Float] in
            let kernels = try Kernels.current()
            let shards = ParameterShards(count: count, ranks: ranks)
            let runs = (0..<ranks).map { GradientTree.run(of: $0, among: ranks, leaves: leaves) }
            var stack = NodeStack<FloatBuffer>()
            for leaf in runs[gang.rank] {
                stack.push(TreeNode(leaf: leaf), gradient(of: leaf, count: count)) { kernels.add($1.all, to: $0.all) }
            }
            let exchange = GradientExchange(gang: gang, shards: shards, kernels: kernels)
            let mine = try exchange.reduce(
                held: stack.removeAll().map { ($0.node, $0.payload) },
                nodesByRank: runs.map { GradientTree.nodes(covering: $0) })
            let whole = FloatBuffer(count: count)
            whole[shards[gang.rank]].copy(from: mine)
            try exchange.gather(into: whole)
            return whole.array
        }
        for part in parts { #expect(part.map(\.bitPattern) == truth.map(\.bitPattern)) }
    }

    @Test func `shards are whole chunks and cover every parameter once`() {
        for count in [1, 4095, 4096, 4097, 100_000] {
            for ranks in 1...9 {
                let shards = ParameterShards(count: count, ranks: ranks)
                var next = 0
                for rank in 0..<ranks {
                    #expect(shards[rank].lowerBound == next)
                    #expect(shards[rank].lowerBound % 4096 == 0 || shards[rank].isEmpty)
                    next = shards[rank].upperBound
                }
                #expect(next == count)
            }
        }
    }
}
