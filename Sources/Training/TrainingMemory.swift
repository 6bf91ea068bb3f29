public import Modeling

/// What a training will hold in memory on each rank, computed before it begins.
public struct TrainingMemory: Hashable, Sendable {
    /// Weights, of which every rank has all.
    public var weightBytes: Int
    /// Moments and the running average of the largest shard.
    public var optimizerBytes: Int
    /// Gradients held at once: partial sums, and slices of other ranks' nodes.
    public var gradientBytes: Int
    /// Activations, logits and scratch of one leaf.
    public var activationBytes: Int
    /// On rank 0, the state that is written as a checkpoint while training goes on.
    public var checkpointBytes: Int

    /// The program, its libraries and threads.
    public var processBytes: Int

    public var total: Int {
        weightBytes + optimizerBytes + gradientBytes + activationBytes + checkpointBytes + processBytes
    }

    // `orchestrate` holds 33 MiB before it does anything; a thread has its stack and a packing buffer, MPI its queues.
    private static let programBytes = 30 << 20
    private static let threadBytes = 3 << 20
    private static let messageBytes = 8 << 20

    /// The largest rank's memory.
    ///
    /// - Parameters:
    ///   - length: tokens of a sequence, usually the context.
    ///   - runs: the leaves of each rank; `nil` for the most that any division of the leaves takes, as they move to faster ranks.
    ///   - recompute: whether activations are computed again on the way back.
    ///   - saving: whether checkpoints are written.
    public init(
        _ configuration: TransformerConfiguration, _ settings: TrainingSettings, length: Int, ranks: Int, threads: Int,
        runs: [Range<Int>]? = nil, saving: Bool = true, recompute: Bool = false
    ) {
        let parameters = 4 * ParameterLayout(configuration).count
        let shard = 4 * (ParameterShards(count: parameters / 4, ranks: ranks)[0].count)
        let states = settings.averaging == nil ? 2 : 3
        let sums = runs.map(PartialSums.init) ?? PartialSums(ranks: ranks, leaves: settings.leaves)
        weightBytes = parameters
        optimizerBytes = states * shard
        gradientBytes = parameters * sums.held + shard * sums.received
        activationBytes = TransformerMemory.bytes(
            configuration, sequences: settings.microBatch, length: length, threads: threads, recomputes: recompute)
        // A decoder's copies of the weights, plain and transposed.
        if settings.samplesEvery != nil { activationBytes += 2 * parameters }
        checkpointBytes = saving ? SnapshotMemory.buffers(settings) * parameters : 0
        processBytes = Self.programBytes + threads * Self.threadBytes + (ranks > 1 ? Self.messageBytes : 0)
    }

    /// A line for people.
    public var description: String {
        func text(_ bytes: Int) -> String { "\((bytes + (1 << 19)) >> 20)" }
        return "about \(text(total)) MiB on a rank: weights \(text(weightBytes)), optimizer \(text(optimizerBytes)), "
            + "gradients \(text(gradientBytes)), activations \(text(activationBytes)), checkpoint \(text(checkpointBytes)), program \(text(processBytes))"
    }
}
