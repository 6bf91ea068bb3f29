import Determinism
import DurableFiles
import Kernels
import Modeling
import Ranks

/// A whole training state in memory on rank 0.
struct SnapshotMemory {
    let weights: FloatBuffer
    let firstMoment: FloatBuffer
    let secondMoment: FloatBuffer
    let averaged: FloatBuffer?

    /// How many buffers of all parameters this is.
    static func buffers(_ settings: TrainingSettings) -> Int { settings.averaging == nil ? 3 : 4 }

    init(count: Int, averaging: Bool) {
        weights = FloatBuffer(count: count)
        firstMoment = FloatBuffer(count: count)
        secondMoment = FloatBuffer(count: count)
        averaged = averaging ? FloatBuffer(count: count) : nil
    }
}

extension Trainer {
    /// What stands in a job's checkpoint folder.
    struct Opened {
        /// On rank 0.
        var store: CheckpointStore?
        var journal: StepJournal?
        /// Where to go on, on every rank.
        var checkpoint: Restorable?
    }

    /// A checkpoint to go on from.
    struct Restorable {
        let folder: String
        let manifest: CheckpointManifest
        var step: Int { manifest.step }
    }

    /// Opens the checkpoint folder on rank 0, which verifies the newest checkpoint and tells the others of it.
    static func open(
        _ job: TrainingJob, identity: Digest, gang: any Gang, observer: any TrainingObserver
    ) throws -> Opened {
        var opened: Opened = try gang.together {
            var opened = Opened()
            guard gang.rank == 0, let folder = job.checkpointFolder else { return opened }
            let store = try CheckpointStore(
                folder, identity: identity, kept: max(2, job.keptCheckpoints), keptEvery: job.keptEvery,
                say: observer.note)
            opened.checkpoint = try store.newest { observer.note($0) }.map(Restorable.init)
            opened.journal = try StepJournal(
                folder + "/" + StepJournal.fileName, identity: identity, after: opened.checkpoint?.step ?? 0,
                say: observer.note)
            opened.store = store
            return opened
        }
        let folder = String(
            decoding: try gang.broadcast(Array((opened.checkpoint?.folder ?? "").utf8)), as: UTF8.self)
        try gang.together {
            guard gang.rank > 0, !folder.isEmpty else { return }
            opened.checkpoint = Restorable(folder: folder, manifest: try CheckpointManifest.read(folder))
        }
        return opened
    }

    /// Reads this rank's part of a checkpoint.
    func restore(from checkpoint: Restorable) throws {
        let (folder, shard) = (checkpoint.folder, exchange.shards[gang.rank])
        let saved = try ModelSnapshot.readConfiguration(folder)
        guard saved == job.configuration else {
            throw TrainingError.damaged(folder, "its model is \(saved), not \(job.configuration)")
        }
        try ModelSnapshot.read(
            folder + "/" + ModelSnapshot.File.weights, layout: layout, part: shard, into: weights[shard])
        let moments = folder + "/" + ModelSnapshot.File.optimizer
        for (name, values) in zip(ModelSnapshot.moments, [optimizer.firstMoment, optimizer.secondMoment]) {
            try ModelSnapshot.readMoment(name, moments, count: layout.count, part: shard, into: values.all)
        }
        if let averaged = optimizer.averaged {
            try ModelSnapshot.read(
                folder + "/" + ModelSnapshot.File.averaged, layout: layout, part: shard, into: averaged.all)
        }
        let needsRecords = job.settings.spikeFactor != nil || job.settings.targetBudget != nil
        guard needsRecords || gang.rank == 0 else { return }
        let lines = try DurableFiles.read(folder + "/" + ModelSnapshot.File.metrics)
        let count = lines.count { $0 == 10 }
        guard count == checkpoint.step else {
            throw TrainingError.damaged(
                folder, "it has records of \(count) steps where it was saved at \(checkpoint.step)")
        }
        if needsRecords { records = StepRecord.lines(lines) }
        targets = records.reduce(0) { $0 + $1.tokens }
        if gang.rank == 0 { metrics = lines }
    }

    /// Brings the weights of all ranks together and compares the state with the hash that was recorded.
    func proveRestored(_ checkpoint: Restorable) throws {
        try exchange.gather(into: weights)
        let shard = exchange.shards[gang.rank]
        stateHash = try exchange.wrappingSum(
            kernels.stateHash(
                weights: weights[shard], firstMoment: optimizer.firstMoment.all,
                secondMoment: optimizer.secondMoment.all, firstIndex: shard.lowerBound))
        guard HexWord.text(stateHash) == checkpoint.manifest.stateHash else {
            throw TrainingError.damaged(
                checkpoint.folder, "its state does not have the hash that its manifest records")
        }
        if gang.rank == 0 { observer.note("resumed at step \(checkpoint.step) of \(job.settings.steps)") }
    }

    /// The whole state on rank 0, `nil` elsewhere.
    ///
    /// - Parameter apart: whether it must stay as it is while training goes on; what is not apart may be the live state.
    private func snapshot(apart: Bool) throws -> ModelSnapshot? {
        var (saved, first, second) = (weights, optimizer.firstMoment, optimizer.secondMoment)
        var averaged = optimizer.averaged
        if apart || gang.count > 1 {
            if gang.rank == 0, snapshotMemory == nil {
                snapshotMemory = SnapshotMemory(count: layout.count, averaging: averaged != nil)
            }
            let memory = snapshotMemory
            try collect(first, into: memory?.firstMoment)
            try collect(second, into: memory?.secondMoment)
            if let shard = averaged { try collect(shard, into: memory?.averaged) }
            guard let memory else { return nil }
            if apart {
                memory.weights.all.copy(from: weights.all)
                saved = memory.weights
            }
            (first, second, averaged) = (memory.firstMoment, memory.secondMoment, memory.averaged)
        }
        return ModelSnapshot(
            configuration: job.configuration, step: step, cursor: step * job.settings.batch, identity: identity,
            vocabulary: job.training.vocabulary, stateHash: stateHash, weights: saved, firstMoment: first,
            secondMoment: second, averaged: averaged, precision: job.settings.precision, metrics: metrics)
    }

    /// Brings the shards of all ranks together in `whole`, which rank 0 has.
    private func collect(_ shard: FloatBuffer, into whole: FloatBuffer?) throws {
        let shards = exchange.shards
        guard let whole else {
            guard shard.count > 0 else { return }
            return try shard.withUnsafeBytes {
                try gang.exchange(sending: [OutgoingMessage(bytes: $0, destination: 0, tag: 4)], receiving: [])
            }
        }
        whole[shards[0]].copy(from: shard.all)
        try whole.withUnsafeMutableBytes { raw in
            let receptions = (1..<max(1, gang.count)).filter { !shards[$0].isEmpty }.map { rank in
                IncomingMessage(
                    bytes: UnsafeMutableRawBufferPointer(
                        rebasing: raw[4 * shards[rank].lowerBound..<4 * shards[rank].upperBound]), source: rank, tag: 4)
            }
            if !receptions.isEmpty { try gang.exchange(sending: [], receiving: receptions) }
        }
    }

    /// Copies the state and lets it be written while training goes on; waits for the checkpoint before this one.
    ///
    /// - Throws: what went wrong with the one before, on every rank.
    func saveCheckpoint() throws {
        guard job.checkpointFolder != nil else { return }
        try gang.together { try writer?.wait() }
        if let snapshot = try snapshot(apart: true) { writer?.begin(snapshot) }
    }

    /// Writes the trained model into `folder`, which rank 0 makes; every rank calls it.
    ///
    /// - Parameter adding: on rank 0, puts further files into the folder before the manifest is written.
    public func writeModel(to folder: String, adding: (String) throws -> Void = { _ in }) throws {
        let snapshot = try snapshot(apart: false)
        try gang.together {
            guard let snapshot else { return }
            try DurableFiles.createDirectory(folder)
            try snapshot.write(to: folder, adding: adding)
        }
    }
}
