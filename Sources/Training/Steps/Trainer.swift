import Determinism
import DurableFiles
public import Kernels
import Modeling
public import Ranks

/// Trains a transformer on the ranks of a gang; every rank makes one and calls the same methods in the same order.
///
/// Weights, moments, losses and records are the same bits at any number of ranks, and after any number of interruptions.
public final class Trainer {
    public let job: TrainingJob
    let gang: any Gang
    let observer: any TrainingObserver
    let model: Transformer
    let layout: ParameterLayout
    let leaves: LeafBuilder
    let held: HeldOutLoss?
    let exchange: GradientExchange
    private let order: MixedOrder
    let kernels: Kernels
    let identity: Digest
    /// On rank 0, where checkpoints are kept.
    let writer: CheckpointWriter?
    private let journal: StepJournal?
    /// Gradients that no node holds at the moment.
    private var spare: [FloatBuffer] = []
    private let clock = ContinuousClock()

    // State between steps.
    public private(set) var weights: FloatBuffer
    var optimizer: ShardedAdamW
    var stateHash: UInt64 = 0
    /// Of finished steps; where nothing asks for them, only of those since the training was taken up.
    var records: [StepRecord] = []
    /// On rank 0, a line for every finished step.
    var metrics: [UInt8] = []
    /// Memory of checkpoints on rank 0, which one after another use.
    var snapshotMemory: SnapshotMemory?
    /// Where this rank's time goes, if somebody asks.
    let book: TimeBook?
    /// Floating-point operations of the model in the steps of this attempt, over all ranks.
    var operations = 0.0
    /// Which leaves each rank computes.
    package private(set) var speeds: LeafSpeeds
    /// What a test says that `leaves` leaves of a step took a rank, in seconds, instead of the clock.
    package var measured: ((_ step: Int, _ rank: Int, _ leaves: Int) -> Double)?
    /// What a benchmark compares the tree with; nothing else sets it.
    package var contender: UnorderedSum?
    /// How long this rank has been kept from training by checkpoints.
    package internal(set) var checkpointStall = Duration.zero

    /// Prepares a training, going on from the newest good checkpoint if there is one.
    ///
    /// - Throws: ``TrainingError`` for tokens or settings that cannot be trained on; the same error on every rank.
    public init(_ job: TrainingJob, gang: any Gang, observer: any TrainingObserver) throws {
        self.job = job
        self.gang = gang
        self.observer = observer
        let settings = job.settings
        guard settings.batch > 0, settings.microBatch > 0, settings.batch % settings.microBatch == 0, settings.steps > 0
        else {
            throw TrainingError(
                .settings,
                "batch \(settings.batch) must be a positive multiple of microBatch \(settings.microBatch), and steps (\(settings.steps)) positive"
            )
        }
        book = job.profile ? TimeBook() : nil
        kernels =
            try job.kernelSet.map { [book] in try Kernels($0, threads: job.threads, book: book) }
            ?? Kernels.current(threads: job.threads, book: book)
        model = try Transformer(
            job.configuration, precision: settings.precision, kernels: kernels, recomputes: job.recompute)
        let layout = ParameterLayout(job.configuration)
        self.layout = layout
        let table = try SampleTable(job.training, context: job.configuration.context)
        let sources = try job.mixture.map { try table.samples(of: $0) }
        let packing =
            settings.packing
            ? try SamplePacking(table, of: job.training, seed: settings.seed, sources: sources) : nil
        leaves = LeafBuilder(corpus: job.training, table: table, packing: packing)
        held = try job.validation.map {
            try HeldOutLoss(
                $0, context: job.configuration.context, windows: job.validationWindows, rows: settings.microBatch)
        }
        if let mixture = job.mixture, let sources {
            order = MixedOrder(
                mixture, rows: packing?.sourceRows ?? sources, batch: settings.batch, seed: settings.seed)
        } else {
            order = MixedOrder(count: leaves.count, seed: settings.seed)
        }
        let shards = ParameterShards(count: layout.count, ranks: gang.count)
        speeds = LeafSpeeds(ranks: gang.count, leaves: settings.leaves)
        exchange = GradientExchange(gang: gang, shards: shards, kernels: kernels)
        let identity = job.identity
        self.identity = identity

        let shard = shards[gang.rank]
        let opened = try Self.open(job, identity: identity, gang: gang, observer: observer)
        (writer, journal) = (opened.store.map(CheckpointWriter.init), opened.journal)
        guard let checkpoint = opened.checkpoint else {
            weights = initialWeights(job.configuration, seed: settings.seed)
            OrdinalEmbedding.apply(job.ordinalBlocks, to: weights, layout: layout)
            optimizer = ShardedAdamW(settings, layout: layout, shard: shard, taken: 0, kernels: kernels)
            optimizer.averaged?.all.copy(from: weights[shard])
            return
        }
        weights = FloatBuffer(count: layout.count)
        optimizer = ShardedAdamW(settings, layout: layout, shard: shard, taken: checkpoint.step, kernels: kernels)
        try gang.together { try restore(from: checkpoint) }
        try proveRestored(checkpoint)
    }

    /// Finished steps.
    public var step: Int { optimizer.taken }

    /// The hash of weights and moments after the last step that was taken, as 16 hexadecimal digits.
    package var stateHashText: String { HexWord.text(stateHash) }

    /// Trains until the last step or until it is asked to stop.
    ///
    /// - Throws: ``TrainingError`` and others, the same on every rank.
    public func run() throws -> TrainingOutcome {
        // However it ends: nothing is written any more when this returns.
        defer { writer?.drain() }
        let (first, begun, booked) = (step, clock.now, book?.booked)
        let outcome = try takeSteps()
        try keepingBook(.checkpoint) { try gang.together { try writer?.wait() } }
        if let booked {
            try tellProfile(since: booked, seconds: (clock.now - begun) / .seconds(1), steps: step - first)
        }
        return outcome
    }

    private func takeSteps() throws -> TrainingOutcome {
        if gang.rank == 0, !isFinished {
            observer.note("memory: " + memory.description)
            if job.settings.precision == .bf16 {
                observer.note("dense products in bf16, sums and weights in fp32; kernels \(kernels.set.rawValue)")
            }
        }
        var told = 0
        while !isFinished {
            let start = clock.now
            if gang.rank == 0, let mixture = job.mixture,
                let stage = mixture.stages.last(where: { $0.firstStep <= step + 1 }), stage.firstStep != told
            {
                told = stage.firstStep
                observer.note(
                    "from step \(told) on, of \(stage.shares.reduce(0, +)) sequences: \(mixture.description(of: stage))"
                )
            }
            let stop = try takeStep(start)
            if stop == .cancel { return .cancelled }
            let isLast = isFinished
            if !isLast, stop == .checkpoint || (job.checkpointEvery > 0 && step % job.checkpointEvery == 0) {
                let begun = clock.now
                try keepingBook(.checkpoint) { try saveCheckpoint() }
                checkpointStall += clock.now - begun
            }
            if stop == .checkpoint, !isLast { return .checkpointed(step: step) }
        }
        return .finished
    }

    /// What a rank holds with the leaves that ranks compute at the moment.
    private var memory: TrainingMemory {
        TrainingMemory(
            job.configuration, job.settings, length: job.configuration.context, ranks: gang.count, threads: job.threads,
            runs: speeds.runs, saving: job.checkpointFolder != nil, recompute: job.recompute)
    }

    /// Whether the last step was taken or the budget of targets is used up.
    private var isFinished: Bool {
        step >= job.settings.steps || targets >= job.settings.targetBudget ?? .max
    }

    /// Targets of all finished steps.
    var targets = 0

    /// One optimizer step.
    ///
    /// - Returns: what was asked for; after `.cancel` the step was not taken.
    private func takeStep(_ start: ContinuousClock.Instant) throws -> TrainingStop {
        let settings = job.settings
        let runs = speeds.runs
        var stack = NodeStack<FloatBuffer>()
        var report = LeafReport()
        let begun = clock.now
        for leaf in runs[gang.rank] {
            report.stop = observer.stop
            if report.stop == .cancel { break }
            do {
                try compute(leaf, onto: &stack, report: &report)
            } catch {
                report.failure = "\(error)"
                break
            }
        }
        report.stop = max(report.stop, observer.stop)
        report.seconds = (clock.now - begun) / .seconds(1)
        if let measured { report.seconds = measured(step, gang.rank, runs[gang.rank].count) }

        // The ranks agree on losses, failures and the stop before anything changes.
        let reports = try keepingBook(.idle) { try gang.allGather(report.bytes) }.map { LeafReport(bytes: $0) }
        if let failure = reports.first(where: { !$0.failure.isEmpty })?.failure {
            throw TrainingError(.notFinite, failure)
        }
        let stop = reports.map(\.stop).max() ?? .none
        if stop == .cancel { return .cancel }
        if speeds.note(reports.map { (seconds: $0.seconds, operations: $0.operations) }), gang.rank == 0 {
            let counts = speeds.runs.map { "\($0.count)" }.joined(separator: ", ")
            observer.note("step \(step + 2) on: leaves by the speed of ranks: \(counts); memory: \(memory.description)")
        }
        var loss = LeafLoss()
        for report in reports { for leaf in report.losses { loss += leaf } }
        let operations = reports.reduce(0) { $0 + $1.operations }
        guard loss.weight > 0 else {
            throw TrainingError(
                .unusableData,
                "step \(step + 1) has no target with a weight; give at least one modality a positive loss weight")
        }

        let entries = stack.removeAll()
        let gradient = try keepingBook(.exchange) {
            if let contender, let sum = entries.first?.payload {
                return try contender.reduce(sum, exchange.shards, gang.rank)
            }
            return try exchange.reduce(
                held: entries.map { ($0.node, $0.payload) }, nodesByRank: runs.map { GradientTree.nodes(covering: $0) })
        }
        let parts = keepingBook(.optimizer) { kernels.squaredNorms(gradient) }
        let squares = try keepingBook(.exchange) { try exchange.gather(parts) }
        let norm = squares.reduce(0, +).squareRoot() / Double(loss.weight)
        guard norm.isFinite else {
            throw TrainingError(.notFinite, "the gradient of step \(step + 1) has norm \(norm); \(remedy)")
        }
        let factor = Float(min(1, settings.clip / max(norm, .leastNormalMagnitude)) / Double(loss.weight))
        let rate = optimizer.nextLearningRate
        let spike = try spike(loss: loss.mean, norm: norm)
        if spike == nil {
            let part = keepingBook(.optimizer) {
                optimizer.step(weights: weights, gradient: gradient, factor: factor)
            }
            spare.append(contentsOf: entries.map(\.payload))
            try keepingBook(.exchange) {
                try exchange.gather(into: weights)
                stateHash = try exchange.wrappingSum(part)
            }
        } else {
            optimizer.skip()
            spare.append(contentsOf: entries.map(\.payload))
        }
        try record(loss, norm: norm, rate: rate, spike: spike, operations: operations, start: start)
        return stop
    }

    /// Why this step must not change anything, or `nil`; every rank finds the same.
    private func spike(loss: Double, norm: Double) throws -> String? {
        guard let factor = job.settings.spikeFactor else { return nil }
        let spikes = SpikeGuard(factor: factor)
        guard let spike = spikes.spike(loss: loss, norm: norm, after: records) else { return nil }
        guard !spikes.hasRunAway(records) else {
            throw TrainingError(
                .notFinite,
                "step \(step + 1): \(spike), as in the \(SpikeGuard.longestRun) steps before it; \(remedy)")
        }
        if gang.rank == 0 { observer.note("step \(step + 1) is left out: \(spike)") }
        return spike
    }

    private var remedy: String {
        "lower learningRate (now \(job.settings.learningRate)), lengthen warmup or lower clip"
    }

    /// Computes a leaf and pushes its gradient, whose node joins its sibling if that is there.
    private func compute(_ leaf: Int, onto stack: inout NodeStack<FloatBuffer>, report: inout LeafReport) throws {
        let settings = job.settings
        let first = step * settings.batch + leaf * settings.microBatch
        let (samples, content) = keepingBook(.data) {
            let samples = order.rows(at: first..<first + settings.microBatch)
            return (samples, leaves.leaf(samples))
        }
        let before = book?.enter(.elementwise)
        defer { if let before { book?.enter(before) } }
        let gradient = spare.popLast() ?? FloatBuffer(count: layout.count)
        do {
            let loss = try model.gradient(of: content, weights: weights, into: gradient)
            guard loss.weightedSum.isFinite else {
                throw TrainingError(.notFinite, "the loss is \(loss.weightedSum)")
            }
            if contender != nil, let sum = stack.entries.first?.payload {
                kernels.add(gradient.all, to: sum.all)
                spare.append(gradient)
            } else {
                stack.push(TreeNode(leaf: leaf), gradient) { left, right in
                    kernels.add(right.all, to: left.all)
                    spare.append(right)
                }
            }
            report.losses.append(loss)
            report.operations +=
                Double(content.sequences) * job.configuration.trainingOperations(length: content.length)
        } catch {
            throw TrainingError(
                .notFinite,
                "step \(step + 1), leaf \(leaf): \(error). Samples: \(leaves.describe(samples)). If the numbers ran away, \(remedy)"
            )
        }
    }

    private func record(
        _ loss: LeafLoss, norm: Double, rate: Double, spike: String?, operations: Double,
        start: ContinuousClock.Instant
    ) throws {
        let settings = job.settings
        let seconds = max((clock.now - start) / .seconds(1), 1e-9)
        self.operations += operations
        var validation: ValidationRecord?
        let isLast = step == settings.steps || targets + loss.targets >= settings.targetBudget ?? .max
        if let held, step % settings.evaluateEvery == 0 || isLast {
            let figures = try keepingBook(.elementwise) {
                try held.evaluate(model, weights: weights, gang: gang)
            }
            validation = ValidationRecord(loss: figures.mean, modalities: figures.meansByModality)
        }
        var record = StepRecord(
            step: step, total: settings.steps, loss: loss.mean, lossBits: HexWord.text(loss.mean.bitPattern),
            gradientNorm: norm, gradientNormBits: HexWord.text(norm.bitPattern), stateHash: HexWord.text(stateHash),
            learningRate: rate, tokens: loss.targets, modalities: loss.meansByModality, validation: validation,
            spike: spike)
        if let mixture = job.mixture {
            let counts = order.counts(at: (step - 1) * settings.batch..<step * settings.batch)
            record.sources = Dictionary(uniqueKeysWithValues: zip(mixture.sources.map(\.name), counts))
        }
        records.append(record)
        targets += record.tokens
        try keepingBook(gang.rank == 0 ? .other : .idle) {
            try gang.together {
                try writer?.check()
                guard gang.rank == 0 else { return }
                if let sampler = job.sampler, let every = settings.samplesEvery, step % every == 0 || isLast {
                    record.samples = try sampler.samples(model, weights: weights)
                }
                let line = try record.line()
                metrics += line + [10]
                try journal?.record(record, line: line)
            }
        }
        guard gang.rank == 0 else { return }
        let peak = peakOperationsPerSecond * Double(gang.count * job.threads)
        observer.finished(
            record,
            pace: StepPace(
                seconds: seconds, tokensPerSecond: Double(loss.targets) / seconds,
                utilization: peak > 0 ? operations / seconds / peak : nil))
    }
}
