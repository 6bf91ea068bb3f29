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

    public var total: Int { weightBytes + optimizerBytes + gradientBytes + activationBytes + checkpointBytes }

    /// The largest rank's memory.
    ///
    /// - Parameters:
    ///   - length: tokens of a sequence, usually the context.
    ///   - recompute: whether activations are computed again on the way back.
    ///   - saving: whether checkpoints are written.
    public init(
        _ configuration: TransformerConfiguration, _ settings: TrainingSettings, length: Int, ranks: Int, threads: Int,
        saving: Bool = true, recompute: Bool = false
    ) {
        let parameters = 4 * ParameterLayout(configuration).count
        let shard = 4 * (ParameterShards(count: parameters / 4, ranks: ranks)[0].count)
        let states = settings.averaging == nil ? 2 : 3
        let runs = (0..<ranks).map { GradientTree.run(of: $0, among: ranks, leaves: settings.leaves) }
        let held = runs.map { run in
            // The stack is deepest before a leaf joins; one more gradient is being computed.
            run.indices.map { GradientTree.nodes(covering: run.lowerBound..<$0).count + 1 }.max() ?? 0
        }
        let nodes = runs.map { GradientTree.nodes(covering: $0).count }
        weightBytes = parameters
        optimizerBytes = states * shard
        gradientBytes = parameters * (held.max() ?? 0) + shard * (nodes.reduce(0, +) - (nodes.first ?? 0))
        activationBytes = TransformerMemory.bytes(
            configuration, sequences: settings.microBatch, length: length, threads: threads, recomputes: recompute)
        // A decoder's copies of the weights, plain and transposed.
        if settings.samplesEvery != nil { activationBytes += 2 * parameters }
        checkpointBytes = saving ? SnapshotMemory.buffers(settings) * parameters : 0
    }

    /// A line for people.
    public var description: String {
        func text(_ bytes: Int) -> String { "\((bytes + (1 << 19)) >> 20)" }
        return "about \(text(total)) MiB on a rank: weights \(text(weightBytes)), optimizer \(text(optimizerBytes)), "
            + "gradients \(text(gradientBytes)), activations \(text(activationBytes)), checkpoint \(text(checkpointBytes))"
    }
}
