public import Determinism
public import Kernels
public import Modeling

/// What is trained on what: everything that decides the result.
public struct TrainingJob: Sendable {
    public var configuration: TransformerConfiguration
    public var settings: TrainingSettings
    public var training: TokenCorpus
    /// What the documents of ``training`` come from, and in which proportions they are drawn; `nil` for all alike.
    public var mixture: Mixture?
    public var validation: TokenCorpus?
    /// Blocks of tokens that stand for ascending numbers; their embeddings start alike for neighbours.
    public var ordinalBlocks: [Range<Int>]
    /// At most so many windows of the validation documents are looked at, spaced evenly.
    public var validationWindows: Int
    /// Says what the model makes of held-out prompts every `samplesEvery` steps.
    public var sampler: TrainingSampler?
    /// Steps between checkpoints.
    public var checkpointEvery: Int
    /// Where checkpoints and the journal are kept; `nil` keeps none.
    public var checkpointFolder: String?
    /// How many of the newest checkpoints stay; at least two, so that a damaged one can be replaced.
    public var keptCheckpoints = 2
    /// Checkpoints of steps that are multiples of this stay for good; `nil` keeps none of them.
    public var keptEvery: Int?
    /// Threads of each rank; no part of the bits.
    public var threads = 1
    /// The kernels to compute with, by default those that ``Kernels/current(threads:)`` gives; no part of the bits.
    public var kernelSet: KernelSet?
    /// Whether the way back computes activations again instead of keeping them; no part of the bits.
    public var recompute = false
    /// Whether the time of each rank is booked to what it went to; no part of the bits.
    public var profile = false

    public init(
        configuration: TransformerConfiguration, settings: TrainingSettings, training: TokenCorpus,
        validation: TokenCorpus? = nil, ordinalBlocks: [Range<Int>] = [], validationWindows: Int = 64,
        checkpointEvery: Int = 100,
        checkpointFolder: String? = nil
    ) {
        self.configuration = configuration
        self.settings = settings
        self.training = training
        self.validation = validation
        self.ordinalBlocks = ordinalBlocks
        self.validationWindows = validationWindows
        self.checkpointEvery = checkpointEvery
        self.checkpointFolder = checkpointFolder
    }

    /// Digest of everything that decides weights, optimizer state and records; ranks, threads and checkpoints do not count.
    public var identity: Digest {
        let c = configuration
        var parts: [String: CanonicalValue] = [
            "model": .list(
                [c.vocabularySize, c.width, c.layers, c.heads, c.keyValueHeads, c.hiddenWidth, c.context].map {
                    .int(Int64($0))
                } + [.double(c.ropeBase), .double(c.normEpsilon), .bool(c.tiedHead)]),
            "settings": settings.canonical, "training": .bytes(training.digest.bytes),
            "vocabulary": .bytes(training.vocabulary.bytes),
            "ordinalBlocks": .list(
                ordinalBlocks.map { .list([.int(Int64($0.lowerBound)), .int(Int64($0.upperBound))]) }),
            "validation": validation.map { .bytes($0.digest.bytes) } ?? .null,
            "validationWindows": .int(Int64(validationWindows)), "numerics": .int(Int64(NumericsVersion.current)),
        ]
        // Younger than checkpoints that are to go on.
        if let mixture {
            parts["mixture"] = .list([
                .list(mixture.sources.map { .list([.string($0.name), .int(Int64($0.documents))]) }),
                .list(
                    mixture.stages.map { .list(([$0.firstStep] + $0.shares).map { .int(Int64($0)) }) }),
            ])
        }
        return CanonicalValue.map(parts).digest
    }
}
