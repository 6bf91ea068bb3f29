package import Kernels

/// Adds gradients in the order in which they come and leaves sums over ranks to the transport, as other trainers do.
///
/// What a benchmark measures the price of the tree against. Its bits depend on ranks and leaves; no unit uses it.
package struct UnorderedSum {
    /// Sums a gradient over all ranks.
    ///
    /// - Returns: this rank's shard of the sum.
    package let reduce: (_ gradient: FloatBuffer, _ shards: ParameterShards, _ rank: Int) throws -> FloatView

    package init(
        reduce: @escaping (_ gradient: FloatBuffer, _ shards: ParameterShards, _ rank: Int) throws -> FloatView
    ) {
        self.reduce = reduce
    }
}
