package import Kernels
package import Ranks

/// Brings partial sums of gradients to the owners of parameter shards, who finish the tree.
///
/// Every rank sends each owner its slice of every node it holds; nothing but bytes moves, and the order of additions is the
/// tree's, so the values do not depend on who held what.
package struct GradientExchange {
    package let gang: any Gang
    package let shards: ParameterShards
    package let kernels: Kernels

    package init(gang: any Gang, shards: ParameterShards, kernels: Kernels) {
        self.gang = gang
        self.shards = shards
        self.kernels = kernels
    }

    /// The summed gradient of this rank's shard.
    ///
    /// - Parameters:
    ///   - held: this rank's nodes with whole gradients, in leaf order; their memory is used up.
    ///   - nodesByRank: the nodes of every rank, in leaf order within and across ranks.
    /// - Returns: as many elements as the shard has; a view of memory of `held` where that is enough.
    package func reduce(
        held: [(node: TreeNode, gradient: FloatBuffer)], nodesByRank: [[TreeNode]]
    ) throws -> FloatView {
        precondition(held.map(\.node) == nodesByRank[gang.rank], "a rank holds the nodes it is known to hold")
        let mine = shards[gang.rank]
        let foreign = nodesByRank.enumerated().reduce(0) { $0 + ($1.offset == gang.rank ? 0 : $1.element.count) }
        let inbox = FloatBuffer(count: foreign * mine.count)
        var outgoing: [OutgoingMessage] = []
        var incoming: [IncomingMessage] = []
        var slices: [(node: TreeNode, slice: FloatView)] = []
        var next = 0
        for (rank, nodes) in nodesByRank.enumerated() {
            for (number, node) in nodes.enumerated() {
                if rank == gang.rank {
                    slices.append((node, held[number].gradient[mine]))
                    continue
                }
                let place = inbox[next..<next + mine.count]
                next += mine.count
                slices.append((node, place))
                guard !mine.isEmpty else { continue }
                incoming.append(
                    inbox.withUnsafeMutableBytes { raw in
                        IncomingMessage(
                            bytes: UnsafeMutableRawBufferPointer(
                                rebasing: raw[4 * place.range.lowerBound..<4 * place.range.upperBound]),
                            source: rank, tag: Int32(number))
                    })
            }
        }
        for rank in 0..<gang.count where rank != gang.rank && !shards[rank].isEmpty {
            let range = shards[rank]
            for (number, entry) in held.enumerated() {
                outgoing.append(
                    entry.gradient.withUnsafeBytes { raw in
                        OutgoingMessage(
                            bytes: UnsafeRawBufferPointer(rebasing: raw[4 * range.lowerBound..<4 * range.upperBound]),
                            destination: rank, tag: Int32(number))
                    })
            }
        }
        // The buffers live to the end of this call; the messages point into them.
        try withExtendedLifetime((inbox, held.map(\.gradient))) {
            try gang.exchange(sending: outgoing, receiving: incoming)
        }
        var tree = NodeStack<FloatView>()
        let add: (FloatView, FloatView) -> Void = { left, right in kernels.add(right, to: left) }
        for entry in slices { tree.push(entry.node, entry.slice, add: add) }
        guard let sum = tree.finish(add: add) else { preconditionFailure("a step has at least one leaf") }
        return sum
    }

    /// Gives every rank the shards of all others: `buffer` holds this rank's shard and is completed in place.
    package func gather(into buffer: FloatBuffer) throws {
        guard gang.count > 1 else { return }
        let others = (0..<gang.count).filter { $0 != gang.rank }
        let mine = shards[gang.rank]
        try buffer.withUnsafeMutableBytes { raw in
            func bytes(_ range: Range<Int>) -> UnsafeMutableRawBufferPointer {
                UnsafeMutableRawBufferPointer(rebasing: raw[4 * range.lowerBound..<4 * range.upperBound])
            }
            try gang.exchange(
                sending: mine.isEmpty
                    ? []
                    : others.map {
                        OutgoingMessage(bytes: UnsafeRawBufferPointer(bytes(mine)), destination: $0, tag: 3)
                    },
                receiving: others.filter { !shards[$0].isEmpty }.map {
                    IncomingMessage(bytes: bytes(shards[$0]), source: $0, tag: 3)
                })
        }
    }

    /// Doubles of every rank, in rank order.
    package func gather(_ values: [Double]) throws -> [Double] {
        var writer = ByteWriter()
        for value in values { writer.append(value.bitPattern) }
        return try gang.allGather(writer.bytes).flatMap { bytes in
            var reader = ByteReader(bytes)
            return (0..<bytes.count / 8).map { _ in Double(bitPattern: reader.word()) }
        }
    }

    /// The wrapping sum of every rank's word.
    package func wrappingSum(_ word: UInt64) throws -> UInt64 {
        var writer = ByteWriter()
        writer.append(word)
        return try gang.allGather(writer.bytes).reduce(0) { sum, bytes in
            var reader = ByteReader(bytes)
            return sum &+ reader.word()
        }
    }
}
