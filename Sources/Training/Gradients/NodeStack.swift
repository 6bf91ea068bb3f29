/// Partial sums of gradients as a binary counter: nodes in leaf order, siblings added as soon as both are there.
///
/// The payload is whatever holds the numbers; addition is given from outside, so that whole buffers (on the rank that
/// computes leaves) and slices (on the rank that owns a shard) follow one rule.
package struct NodeStack<Payload> {
    package private(set) var entries: [(node: TreeNode, payload: Payload)] = []

    package init() {}

    /// Adds a node that follows those held; calls `add(left, right)` for each pair of siblings, which leaves the sum in `left`
    /// and may take back `right`.
    package mutating func push(_ node: TreeNode, _ payload: Payload, add: (Payload, Payload) throws -> Void) rethrows {
        entries.append((node, payload))
        try merge(add)
    }

    /// Ends the tree: a missing right child passes the left one on untouched.
    ///
    /// - Returns: the payload of the root; `nil` when nothing was pushed.
    package mutating func finish(add: (Payload, Payload) throws -> Void) rethrows -> Payload? {
        while entries.count > 1 {
            let last = entries.count - 1
            entries[last].node = entries[last].node.parent
            try merge(add)
        }
        return entries.popLast()?.payload
    }

    /// Takes all entries out, in leaf order.
    package mutating func removeAll() -> [(node: TreeNode, payload: Payload)] {
        defer { entries = [] }
        return entries
    }

    private mutating func merge(_ add: (Payload, Payload) throws -> Void) rethrows {
        while entries.count > 1, entries[entries.count - 2].node.isLeftSibling(of: entries[entries.count - 1].node) {
            let right = entries.removeLast()
            let left = entries[entries.count - 1]
            try add(left.payload, right.payload)
            entries[entries.count - 1].node = left.node.parent
        }
    }
}
