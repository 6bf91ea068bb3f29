import Determinism
import DurableFiles
import Foundation
public import Kernels
import Modeling
public import Recipes
import Tokenization
public import Training
import WorkGraph

/// Trains a decoder-only transformer on token shards.
public struct TrainKind: UnitKind {
    public typealias Result = Checkpoint

    public static let description = KindDescription(
        name: "Train", version: 4, summary: "Trains a transformer on token shards, data parallel over its ranks.",
        computesFloats: true, isRandom: true, savesCheckpoints: true)

    @Input(.unlabelled, help: "Tokens to train on.") var tokens: TokenShards
    @Input(help: "Held-out tokens whose loss is recorded while training.") var validation: TokenShards? = nil
    @Inputs(help: "Further tokens to train on, by name; `shares:` says how much of each.")
    var mixing: [String: any PortBundle] = [:]
    @Setting(
        help: "Whole numbers: of so many sequences as their sum, each source gives its share; the first is \"tokens\".")
    var shares: [String: Int] = [:]
    @Setting(help: "Other shares from later steps on, such as .from(step: 200, shares: [\"tokens\": 1]).")
    var curriculum: [CurriculumStage] = []
    @Setting(in: 2...65536, help: "Width of the residual stream.") var width: Int = 128
    @Setting(in: 1...1024, help: "Transformer layers.") var layers: Int = 4
    @Setting(in: 1...1024, help: "Query heads; they divide the width.") var heads: Int = 4
    @Setting(in: 1...1024, help: "Key and value heads; they divide heads. All heads when absent.")
    var keyValueHeads: Int? = nil
    @Setting(in: 1...1_048_576, help: "Width of the feed-forward part; 8/3 of the width when absent.")
    var hidden: Int? = nil
    @Setting(in: 8...1_048_576, help: "Tokens the model sees at once.") var context: Int = 256
    @Setting(help: "Whether the output head is the embedding.") var tiedHead: Bool = true
    @Setting(in: 1e-8...10, help: "Peak learning rate.") var learningRate: Double = 1e-3
    @Setting(in: 1...1_048_576, help: "Sequences of one step, over all ranks.") var batch: Int = 16
    @Setting(in: 1...65536, help: "Sequences of one accumulation step; divides batch.") var microBatch: Int = 4
    @Setting(in: 1...100_000_000, help: "Optimizer steps.") var steps: Int = 400
    @Setting(in: 0...1_000_000, help: "Steps of linear warmup.") var warmup: Int = 20
    @Setting(in: 0...10, help: "Decoupled weight decay of matrices.") var weightDecay: Double = 0.1
    @Setting(in: 1e-6...1e9, help: "Largest norm of the gradient.") var clip: Double = 1
    @Setting(in: 1...100_000_000, help: "Steps between validations.") var evaluateEvery: Int = 100
    @Setting(help: "How the learning rate goes on behind the warmup.") var schedule: LearningRateShape = .cosine
    @Setting(in: 0...1, help: "The last step's learning rate as a share of the peak.") var floor: Double = 0.1
    @Setting(in: 0...100_000_000, help: "Steps of a stable schedule's fall at the end; a fifth of all when absent.")
    var cooldown: Int? = nil
    @Setting(in: 0...0.999999, help: "Decay of a running average of the weights, which is then what is evaluated.")
    var averaging: Double? = nil
    @Setting(in: 1...1e9, help: "Leaves out steps whose loss or gradient norm exceeds so many recent medians.")
    var spikeFactor: Double? = nil
    @Setting(in: 1...1_000_000_000_000, help: "Targets after which training ends, if steps do not end it before.")
    var targetBudget: Int? = nil
    @Setting(help: "What operands of dense products are rounded to; weights and sums are fp32 in any case.")
    var precision: Precision = .fp32
    @Setting(help: "Whether windows shorter than the context share sequences, without seeing each other.")
    var packing: Bool = false
    @Setting(
        in: 1...100_000_000, help: "Steps between samples of texts and actions from held-out prompts; none when absent."
    )
    var samplesEvery: Int? = nil
    @Resource(in: 1...100_000_000, help: "Steps between checkpoints.") var checkpointEvery: Int = 50
    @Resource(in: 2...100_000, help: "How many of the newest checkpoints stay.") var keptCheckpoints: Int = 2
    @Resource(in: 1...100_000_000, help: "Checkpoints of multiples of so many steps stay while the unit runs.")
    var keptEvery: Int? = nil
    @Resource(in: 1...1024, help: "Threads of each rank.") var threads: Int = 1
    @Resource(help: "Whether the way back computes activations again instead of keeping them: less memory, more time.")
    var recompute: Bool = false
    @Resource(help: "Whether the log and the report tell what each rank's time went to.") var profile: Bool = false
    @Resource(in: 1...65536, help: "Ranks that train together.") var ranks: ClosedRange<Int> = 1...1

    public init() {}

    private func configuration(vocabulary: Int) -> TransformerConfiguration {
        TransformerConfiguration(
            vocabularySize: vocabulary, width: width, layers: layers, heads: heads, keyValueHeads: keyValueHeads,
            hiddenWidth: hidden, context: context, tiedHead: tiedHead)
    }

    private func settings(seed: UInt64) -> TrainingSettings {
        var settings = TrainingSettings(
            batch: batch, microBatch: microBatch, steps: steps, learningRate: learningRate, warmup: warmup,
            weightDecay: weightDecay, clip: clip, evaluateEvery: evaluateEvery, seed: seed)
        settings.schedule = schedule
        settings.floor = floor
        settings.cooldown = cooldown
        settings.averaging = averaging
        settings.spikeFactor = spikeFactor
        settings.targetBudget = targetBudget
        settings.precision = precision
        settings.packing = packing
        settings.samplesEvery = samplesEvery
        return settings
    }

    public func plan(_ draft: inout UnitDraft, _ planContext: PlanContext) throws {
        guard width % heads == 0, (width / heads) % 2 == 0 else {
            throw ArgumentError(
                argument: "heads",
                message:
                    "width \(width) over \(heads) heads is not an even number a head; choose heads so that width / heads is even"
            )
        }
        if let keyValueHeads, heads % keyValueHeads != 0 {
            throw ArgumentError(
                argument: "keyValueHeads", message: "keyValueHeads \(keyValueHeads) does not divide heads \(heads)")
        }
        try planMixture()
        if samplesEvery != nil, planContext.parents["validation.shards", default: []].isEmpty {
            throw ArgumentError(
                argument: "samplesEvery", message: "samples are taken from held-out tokens; give validation: too")
        }
        guard batch % microBatch == 0 else {
            throw ArgumentError(
                argument: "microBatch",
                message:
                    "batch \(batch) is not a multiple of microBatch \(microBatch); a step is a whole number of accumulation steps"
            )
        }
        if warmup > steps {
            draft.warnings.append("warmup \(warmup) is longer than the training of \(steps) steps")
        }
        draft.resources.ranks = ranks
        // The vocabulary's size is known only when the tokenizers exist; most are near this.
        let model = configuration(vocabulary: 2048)
        let parameters = Double(ParameterLayout(model).count)
        draft.estimate = WorkEstimate(
            // A forward pass is a third of a step.
            flops: Double(steps) * Double(batch) * model.trainingOperations(length: context) * (recompute ? 4 / 3 : 1),
            bytesWritten: parameters * 12 * (1 + Double(steps / max(1, checkpointEvery))), fixedSeconds: 0.5)
        let memory = TrainingMemory(
            model, settings(seed: 0), length: context, ranks: ranks.lowerBound, threads: threads, recompute: recompute)
        draft.resources.memoryBytes = memory.total
        draft.resources.cpus = threads
    }

    public func run(_ unit: UnitContext) throws {
        let folder = unit.path("tokens.vocabulary")
        let tokenizers = try TokenizerSet.open(folder)
        let vocabulary = tokenizers.vocabulary
        let (training, mixture) = try corpora(unit, tokenizers: tokenizers)
        let heldOut = unit.paths("validation.shards")
        let validation =
            heldOut.isEmpty ? nil : try TokenCorpus(shards: heldOut, vocabulary: vocabulary.digest)
        var job = TrainingJob(
            configuration: configuration(vocabulary: vocabulary.count), settings: settings(seed: unit.seed),
            training: training,
            validation: validation.flatMap { $0.documents.isEmpty ? nil : $0 },
            ordinalBlocks: tokenizers.ordinalBlocks,
            checkpointEvery: checkpointEvery,
            checkpointFolder: unit.checkpointDirectory)
        job.mixture = mixture
        job.sampler = job.validation.map { TrainingSampler($0, tokenizers: tokenizers) }
        job.keptCheckpoints = keptCheckpoints
        job.keptEvery = keptEvery
        job.threads = unit.threads
        job.recompute = recompute
        job.profile = profile
        let trainer = try Trainer(job, gang: unit.gang, observer: TrainObserver(unit: unit))
        guard case .finished = try trainer.run() else { throw Interrupted() }
        try trainer.writeModel(to: unit.output("checkpoint")) { checkpoint in
            try tokenizers.write(to: checkpoint + "/" + ModelSnapshot.File.vocabulary)
            try ActionStatistics(training, tokenizers: tokenizers).write(to: checkpoint)
        }
    }
}

extension LearningRateShape: NamedCases {}
extension Precision: NamedCases {}

/// Hands a training's progress to the unit's reporter, and the run's stop request to the training.
private struct TrainObserver: TrainingObserver {
    let unit: UnitContext

    func finished(_ record: StepRecord, pace: StepPace) {
        var figures = [
            "loss": record.loss, "tokens/s": pace.tokensPerSecond, "learning_rate": record.learningRate,
            "gradient_norm": record.gradientNorm,
        ]
        figures["% of peak"] = pace.utilization.map { 100 * $0 }
        unit.reporter.progress(record.step, of: record.total, figures: figures)
        for sample in record.samples ?? [] { unit.reporter.log("step \(record.step)  \(sample.line)") }
        guard record.validation != nil || record.step % max(1, record.total / 20) == 0 else { return }
        var line = "step \(record.step)/\(record.total)  loss \(Self.rounded(record.loss))"
        if let validation = record.validation { line += "  validation \(Self.rounded(validation.loss))" }
        line += "  \(Int(pace.tokensPerSecond)) tokens/s"
        if let share = pace.utilization { line += ", \(Int((100 * share).rounded())) % of peak" }
        unit.reporter.log(line)
        guard record.step == record.total else { return }
        unit.reporter.figure("loss", record.loss)
        if let validation = record.validation {
            unit.reporter.figure("validation_loss", validation.loss)
            for (name, loss) in validation.modalities.sorted(by: { $0.key < $1.key }) {
                unit.reporter.figure("validation_\(name)_loss", loss)
            }
        }
    }

    func note(_ line: String) { unit.reporter.log(line) }

    func profiled(_ profile: TrainingProfile) {
        for line in profile.lines { unit.reporter.log(line) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(profile) else { return }
        unit.reporter.record("profile.json", Array(bytes) + [10])
    }

    var stop: TrainingStop {
        switch unit.stop {
        case .none: .none
        case .checkpoint: .checkpoint
        case .cancel: .cancel
        }
    }

    private static func rounded(_ value: Double) -> Double { (value * 1e4).rounded() / 1e4 }
}

/// Trains a transformer on token shards; see ``TrainKind``.
public func Train(
    _ tokens: TokenShards, validation: TokenShards? = nil, mixing: [String: any PortBundle] = [:],
    shares: [String: Int] = [:], curriculum: [CurriculumStage] = [], width: Int = 128, layers: Int = 4, heads: Int = 4,
    keyValueHeads: Int? = nil, hidden: Int? = nil, context: Int = 256, tiedHead: Bool = true,
    learningRate: Double = 1e-3, batch: Int = 16, microBatch: Int = 4, steps: Int = 400, warmup: Int = 20,
    weightDecay: Double = 0.1, clip: Double = 1, evaluateEvery: Int = 100, schedule: LearningRateShape = .cosine,
    floor: Double = 0.1, cooldown: Int? = nil, averaging: Double? = nil, spikeFactor: Double? = nil,
    targetBudget: Int? = nil, precision: Precision = .fp32, packing: Bool = false, samplesEvery: Int? = nil,
    checkpointEvery: Int = 50, keptCheckpoints: Int = 2, keptEvery: Int? = nil, threads: Int = 1,
    recompute: Bool = false, profile: Bool = false, ranks: ClosedRange<Int> = 1...1
) -> Checkpoint {
    let kind = TrainKind()
    kind.tokens = tokens
    kind.validation = validation
    kind.mixing = mixing
    kind.shares = shares
    kind.curriculum = curriculum
    kind.width = width
    kind.layers = layers
    kind.heads = heads
    kind.keyValueHeads = keyValueHeads
    kind.hidden = hidden
    kind.context = context
    kind.tiedHead = tiedHead
    kind.learningRate = learningRate
    kind.batch = batch
    kind.microBatch = microBatch
    kind.steps = steps
    kind.warmup = warmup
    kind.weightDecay = weightDecay
    kind.clip = clip
    kind.evaluateEvery = evaluateEvery
    kind.schedule = schedule
    kind.floor = floor
    kind.cooldown = cooldown
    kind.averaging = averaging
    kind.spikeFactor = spikeFactor
    kind.targetBudget = targetBudget
    kind.precision = precision
    kind.packing = packing
    kind.samplesEvery = samplesEvery
    kind.checkpointEvery = checkpointEvery
    kind.keptCheckpoints = keptCheckpoints
    kind.keptEvery = keptEvery
    kind.threads = threads
    kind.recompute = recompute
    kind.profile = profile
    kind.ranks = ranks
    return kind.place()
}
