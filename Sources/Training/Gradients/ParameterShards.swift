/// How the flat parameter index is divided among ranks: contiguous shards of whole chunks of 4096.
package struct ParameterShards: Hashable, Sendable {
    /// Elements of a chunk; the unit of ownership and of the gradient norm.
    package static let chunk = 4096

    package let count: Int
    package let ranks: Int

    package init(count: Int, ranks: Int) {
        self.count = count
        self.ranks = ranks
    }

    package var chunks: Int { (count + Self.chunk - 1) / Self.chunk }

    /// The chunks that `rank` owns; empty when there are more ranks than chunks.
    package func chunks(of rank: Int) -> Range<Int> { chunks * rank / ranks..<chunks * (rank + 1) / ranks }

    /// The elements that `rank` owns.
    package subscript(rank: Int) -> Range<Int> {
        let owned = chunks(of: rank)
        return min(owned.lowerBound * Self.chunk, count)..<min(owned.upperBound * Self.chunk, count)
    }
}
