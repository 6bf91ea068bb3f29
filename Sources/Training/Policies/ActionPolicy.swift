import Kernels
public import Modeling
public import Tokenization

// H recorded steps of a step of the timeline, D action dimensions.

/// A trained model as a policy: observation tokens in, actions in their own units out.
///
/// Not shared between threads; sessions of one policy take turns.
public final class ActionPolicy {
    public let model: TrainedModel
    public let tokenizers: TokenizerSet
    public let transformer: Transformer
    public let decoding: ActionDecoding
    let core: PolicyCore

    /// Opens a checkpoint.
    ///
    /// - Throws: ``TrainingError`` or `TokenizationError` when model and tokenizers do not belong together.
    public init(_ model: TrainedModel, decoding: ActionDecoding = .median) throws {
        self.model = model
        self.decoding = decoding
        tokenizers = try TokenizerSet.open(model.vocabularyFolder)
        try tokenizers.vocabulary.requireSame(model.vocabulary, as: "checkpoint '\(model.folder)'")
        guard tokenizers.vocabulary.count == model.configuration.vocabularySize else {
            throw TrainingError.damaged(
                model.folder,
                "the model has \(model.configuration.vocabularySize) tokens, its vocabulary \(tokenizers.vocabulary.count)"
            )
        }
        transformer = try Transformer(model.configuration)
        core = PolicyCore(
            tokenizers: tokenizers, decoding: decoding, decoder: try transformer.makeDecoder(weights: model.weights))
    }

    /// Starts an episode.
    ///
    /// - Parameter header: `bos`, the instruction and `steps`.
    public func session(header: [Int32]) throws -> PolicySession { try PolicySession(core, header: header) }

    /// Starts an episode.
    public func session(instruction: String) throws -> PolicySession {
        try session(header: tokenizers.header(instruction: instruction))
    }
}

/// One episode of a policy: what was seen and done so far, as far as the context holds it.
///
/// When the context is full, the older half of the steps is forgotten and the rest is read again behind the header.
public struct PolicySession {
    private let policy: PolicyCore
    private let header: [Int32]
    /// Whole steps that the decoder has read, oldest first.
    private var steps: [[Int32]] = []
    private var observation: [Int32] = []
    private var decoder: Decoder
    /// Logits of what comes after all that was read.
    private var next: FloatBuffer
    /// Places of the context that a step may need.
    private let room: Int

    init(_ policy: PolicyCore, header: [Int32]) throws {
        self.policy = policy
        self.header = header
        let streams = policy.tokenizers.vocabulary.streams
        let context = policy.context
        room = streams.tokensPerStep
        guard header.count + room <= context else {
            throw TrainingError(
                .unusableData,
                "the instruction takes \(header.count) tokens and a step \(streams.tokensPerStep), which do not fit into the context of \(context); train with a longer context"
            )
        }
        decoder = policy.decoder.fork()
        next = try decoder.prefill(header)
    }

    /// Forgets the older half of the steps when no further one fits.
    private mutating func makeRoom() throws {
        func used() -> Int { steps.reduce(header.count) { $0 + $1.count } }
        guard used() + room > policy.context else { return }
        repeat { steps.removeFirst(steps.count - steps.count / 2) } while used() + room > policy.context
        decoder.rewind(to: 0)
        next = try decoder.prefill(header + steps.flatMap { $0 })
    }

    /// Imagines what will be seen in the next step: the likeliest tokens, one after another, each of its own block.
    ///
    /// - Returns: observation tokens, as ``act(_:)`` takes them.
    public mutating func imagine() throws -> [Int32] {
        try makeRoom()
        let vocabulary = policy.tokenizers.vocabulary
        let start = decoder.position
        var tokens: [Int32] = []
        var logits = next
        for place in 0..<vocabulary.streams.observationTokenCount {
            let block = vocabulary.block(place < vocabulary.streams.imageTokenCount ? .image : .sensor)
            let (local, _) = ActionDecoding.greedy.choose(logits[block.range].array)
            tokens.append(Int32(block.first + local))
            if place + 1 < vocabulary.streams.observationTokenCount { logits = try decoder.step(tokens[place]) }
        }
        decoder.rewind(to: start)
        return tokens
    }

    /// Chooses an action for what is seen now.
    ///
    /// Follow it with ``commit(action:)``.
    ///
    /// - Parameter observation: the observation tokens of the step.
    /// - Returns: the tokens of the step's actions, and their values in their own units, `[H, D]`.
    public mutating func act(_ observation: [Int32]) throws -> (tokens: [Int32], values: [Double]) {
        try makeRoom()
        self.observation = observation
        let logits = try decoder.prefill(observation)
        let start = decoder.position
        let chosen =
            switch policy.tokenizers.actions {
            case .bins(let quantizer): try bins(quantizer, logits)
            case .frequencies(let tokenizer): try frequencies(tokenizer, logits)
            }
        decoder.rewind(to: start)
        return chosen
    }

    /// One bin after another, dimension by dimension of each action.
    private mutating func bins(
        _ quantizer: ScalarQuantizer, _ first: FloatBuffer
    ) throws -> (tokens: [Int32], values: [Double]) {
        let vocabulary = policy.tokenizers.vocabulary
        let block = vocabulary.block(.action)
        let count = vocabulary.streams.actionTokenCount
        var logits = first
        var tokens: [Int32] = []
        var values: [Double] = []
        for place in 0..<count {
            let (bin, at) = policy.decoding.choose(logits[block.range].array)
            tokens.append(Int32(block.first + bin))
            values.append(quantizer.value(at: at, dimension: place % quantizer.width))
            if place + 1 < count { logits = try decoder.step(tokens[place]) }
        }
        return (tokens, values)
    }

    /// The likeliest id of those that still fit, until the chunk has all its coefficients: every choice is a chunk that decodes.
    private mutating func frequencies(
        _ tokenizer: FrequencyActionTokenizer, _ first: FloatBuffer
    ) throws -> (tokens: [Int32], values: [Double]) {
        let block = policy.tokenizers.vocabulary.block(.action)
        var logits = first
        var tokens: [Int32] = []
        var missing = tokenizer.coefficientCount
        while missing > 0 {
            var best: Int?
            for id in 0..<tokenizer.count where tokenizer.coefficients(of: id) <= missing {
                if let known = best, logits[block.first + id] <= logits[block.first + known] { continue }
                best = id
            }
            // Symbols stand for one coefficient each, so one always fits.
            guard let best else { break }
            missing -= tokenizer.coefficients(of: best)
            tokens.append(Int32(block.first + best))
            if missing > 0 { logits = try decoder.step(tokens[tokens.count - 1]) }
        }
        return (tokens, try policy.tokenizers.decodeActions(tokens).map(Double.init))
    }

    /// Ends the step with the action that was really taken.
    public mutating func commit(action: [Int32]) throws {
        next = try decoder.prefill(action)
        steps.append(observation + action)
    }
}
