import Determinism
public import Kernels

/// The numbers that decide a training, beside the model's shape and the tokens.
public struct TrainingSettings: Codable, Hashable, Sendable {
    /// Sequences of a step, over all ranks.
    public var batch: Int
    /// Sequences of a leaf: one accumulation step.
    public var microBatch: Int
    public var steps: Int
    /// The peak.
    public var learningRate: Double
    /// Steps of linear warmup.
    public var warmup: Int
    /// Decoupled, on matrices only.
    public var weightDecay: Double
    /// Largest norm of the mean gradient.
    public var clip: Double
    /// Steps between validations; the last step is always validated.
    public var evaluateEvery: Int
    public var beta1 = 0.9
    public var beta2 = 0.95
    public var epsilon = 1e-8
    public var seed: UInt64
    /// How the learning rate goes on behind the warmup.
    public var schedule = LearningRateShape.cosine
    /// The last step's learning rate as a share of the peak.
    public var floor = 0.1
    /// Steps of a stable schedule's fall; a fifth of all when `nil`.
    public var cooldown: Int?
    /// Decay of the running average of weights; `nil` keeps none.
    public var averaging: Double?
    /// A step is left out when its loss or gradient norm is more than so many times the median of recent steps.
    public var spikeFactor: Double?
    /// Training ends with the first step at which so many targets were seen, if that comes before the last step.
    public var targetBudget: Int?
    /// What operands of the model's dense products are rounded to.
    public var precision = Precision.fp32
    /// Whether windows shorter than the context share sequences.
    public var packing = false
    /// Steps between samples of what the model makes of held-out prompts, which the last step ends with too; `nil` for none.
    public var samplesEvery: Int?

    public init(
        batch: Int, microBatch: Int, steps: Int, learningRate: Double, warmup: Int, weightDecay: Double, clip: Double,
        evaluateEvery: Int, seed: UInt64
    ) {
        self.batch = batch
        self.microBatch = microBatch
        self.steps = steps
        self.learningRate = learningRate
        self.warmup = warmup
        self.weightDecay = weightDecay
        self.clip = clip
        self.evaluateEvery = evaluateEvery
        self.seed = seed
    }

    /// Accumulation steps of a step.
    public var leaves: Int { batch / microBatch }

    /// The learning rate of every step.
    public var rates: LearningRateSchedule {
        LearningRateSchedule(
            schedule, peak: learningRate, warmup: warmup, steps: steps, floor: floor, cooldown: cooldown)
    }

    var canonical: CanonicalValue {
        var entries: [String: CanonicalValue] = [
            "batch": .int(Int64(batch)), "microBatch": .int(Int64(microBatch)), "steps": .int(Int64(steps)),
            "learningRate": .double(learningRate), "warmup": .int(Int64(warmup)), "weightDecay": .double(weightDecay),
            "clip": .double(clip), "evaluateEvery": .int(Int64(evaluateEvery)), "beta1": .double(beta1),
            "beta2": .double(beta2), "epsilon": .double(epsilon), "seed": .int(Int64(bitPattern: seed)),
            "schedule": .string(schedule.rawValue), "floor": .double(floor),
            "cooldown": cooldown.map { .int(Int64($0)) } ?? .null, "averaging": averaging.map { .double($0) } ?? .null,
            "spikeFactor": spikeFactor.map { .double($0) } ?? .null,
            "targetBudget": targetBudget.map { .int(Int64($0)) } ?? .null,
        ]
        // Choices younger than these count only where they are not the custom, so that older checkpoints go on.
        if precision != .fp32 { entries["precision"] = .string(precision.rawValue) }
        if packing { entries["packing"] = .bool(true) }
        if let samplesEvery { entries["samplesEvery"] = .int(Int64(samplesEvery)) }
        return .map(entries)
    }
}
