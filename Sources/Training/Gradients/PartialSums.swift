/// How many gradients ranks hold at once: of all parameters while they compute leaves, and slices of other ranks' nodes when they meet.
package struct PartialSums: Hashable, Sendable {
    /// Gradients of all parameters on the rank that holds most: its nodes, and the leaf that is computed.
    package let held: Int
    /// Nodes of other ranks, of which a rank receives its slice; on the rank that receives most.
    package let received: Int

    /// Of these runs of leaves, one for each rank.
    package init(runs: [Range<Int>]) {
        held = runs.map { Self.most(in: $0).held }.max() ?? 0
        let nodes = runs.map { GradientTree.nodes(covering: $0).count }
        received = nodes.reduce(0, +) - (nodes.min() ?? 0)
    }

    /// Of any division of `leaves` among `ranks` that ``LeafSpeeds`` may come to: at least one leaf for each rank, in rank order.
    ///
    /// - Complexity: O(*leaves*²).
    package init(ranks: Int, leaves: Int) {
        let longest = leaves - ranks + 1
        guard ranks > 1, longest > 0 else {
            self.init(runs: (0..<ranks).map { GradientTree.run(of: $0, among: ranks, leaves: leaves) })
            return
        }
        let most = (0..<leaves).map { Self.most(in: $0..<min(leaves, $0 + longest)) }
        self.init(
            held: most.map(\.held).max() ?? 0,
            // A node has at least one leaf, and at least one leaf is the receiver's own.
            received: min((ranks - 1) * (most.map(\.nodes).max() ?? 0), leaves - 1))
    }

    private init(held: Int, received: Int) {
        self.held = held
        self.received = received
    }

    /// The most gradients held at once and the most nodes there are behind a leaf, over a run and all that begin with it.
    private static func most(in run: Range<Int>) -> (held: Int, nodes: Int) {
        var stack = NodeStack<Void>()
        var (held, nodes) = (0, 0)
        for leaf in run {
            held = max(held, stack.entries.count + 1)
            stack.push(TreeNode(leaf: leaf), ()) { _, _ in }
            nodes = max(nodes, stack.entries.count)
        }
        return (held, nodes)
    }
}
