/// A node of the aligned segment tree over leaves: level k, index a covers leaves a·2^k ..< (a+1)·2^k.
package struct TreeNode: Hashable, Sendable {
    package let level: Int
    package let index: Int

    package init(level: Int, index: Int) {
        self.level = level
        self.index = index
    }

    /// The node of one leaf.
    package init(leaf: Int) { self.init(level: 0, index: leaf) }

    package var parent: TreeNode { TreeNode(level: level + 1, index: index >> 1) }

    package var isLeft: Bool { index & 1 == 0 }

    /// Whether `other` is the right child of the parent whose left child this is.
    package func isLeftSibling(of other: TreeNode) -> Bool {
        level == other.level && isLeft && other.index == index + 1
    }

    /// The leaves below, were the tree complete.
    package var leaves: Range<Int> { index << level..<(index + 1) << level }
}

/// The aligned segment tree: who computes which leaves, and which partial sums a contiguous run leaves behind.
package enum GradientTree {
    /// The contiguous run of leaves that a rank computes; empty when there are more ranks than leaves.
    package static func run(of rank: Int, among ranks: Int, leaves: Int) -> Range<Int> {
        leaves * rank / ranks..<leaves * (rank + 1) / ranks
    }

    /// The nodes a rank holds after a contiguous run, in the order of their leaves.
    package static func nodes(covering run: Range<Int>) -> [TreeNode] {
        var held: [TreeNode] = []
        for leaf in run {
            held.append(TreeNode(leaf: leaf))
            while held.count > 1, held[held.count - 2].isLeftSibling(of: held[held.count - 1]) {
                held.removeLast()
                held[held.count - 1] = held[held.count - 1].parent
            }
        }
        return held
    }
}
