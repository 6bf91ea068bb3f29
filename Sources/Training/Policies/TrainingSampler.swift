import Determinism
public import Kernels
public import Modeling
public import Tokenization

// T steps, D action dimensions.

/// What a model in training made of one held-out prompt.
public struct SampleRecord: Codable, Hashable, Sendable {
    public var episode: String
    /// The front of the instruction, which was given.
    public var prompt: String
    /// How the model went on from it, the likeliest token each time.
    public var continuation: String
    /// Names, `[D]`.
    public var dimensions: [String]
    /// The actions of the episode's first steps in their own units, `[T][D]`.
    public var recorded: [[Double]]
    /// What the model chose, having seen the true past, `[T][D]`.
    public var predicted: [[Double]]

    /// A line for the log.
    public var line: String {
        func row(_ values: [Double]?) -> String {
            (values ?? []).map { "\(($0 * 1000).rounded() / 1000)" }.joined(separator: ", ")
        }
        return
            "sample \(episode): action [\(row(predicted.last))], recorded [\(row(recorded.last))]; text '\(prompt)' + '\(continuation)'"
    }
}

/// Lets a model in training go on from fixed held-out prompts.
///
/// What it says is a function of weights and prompts alone, and changes neither.
public struct TrainingSampler: Sendable {
    private let tokenizers: TokenizerSet
    private let prompts: [TokenDocument]
    private let steps: Int
    /// Most tokens of a text.
    private static let textTokens = 24

    /// A sampler of `episodes` documents of held-out tokens, spaced evenly, and the first `steps` actions of each.
    public init(_ heldOut: TokenCorpus, tokenizers: TokenizerSet, episodes: Int = 2, steps: Int = 6) {
        self.tokenizers = tokenizers
        self.steps = steps
        let count = min(episodes, heldOut.documents.count)
        prompts = (0..<count).map { heldOut.documents[$0 * heldOut.documents.count / count] }
    }

    /// What the model makes of every prompt.
    ///
    /// - Throws: `ModelingError` when model and vocabulary do not belong together.
    public func samples(_ model: Transformer, weights: FloatBuffer) throws -> [SampleRecord] {
        let core = PolicyCore(
            tokenizers: tokenizers, decoding: .greedy, decoder: try model.makeDecoder(weights: weights))
        return try prompts.map { document in
            let (prompt, continuation) = try text(document, core.decoder.fork())
            let (recorded, predicted) = try actions(document, core)
            return SampleRecord(
                episode: document.id, prompt: prompt, continuation: continuation, dimensions: tokenizers.actions.names,
                recorded: recorded, predicted: predicted)
        }
    }

    /// Gives the first half of the instruction and lets the model go on until it says `steps`.
    private func text(_ document: TokenDocument, _ decoder: Decoder) throws -> (String, String) {
        var decoder = decoder
        let vocabulary = tokenizers.vocabulary
        let block = vocabulary.block(.text)
        let instruction = document.tokens[0..<document.headerCount].filter { block.range.contains(Int($0)) }
        let prompt = Array(instruction.prefix((instruction.count + 1) / 2))
        guard 1 + prompt.count < decoder.configuration.context else { return ("", "") }
        var logits = try decoder.prefill([vocabulary.id(.bos)] + prompt)
        var said: [Int32] = []
        while said.count < Self.textTokens, decoder.position < decoder.configuration.context {
            var best = vocabulary.id(.steps)
            for token in block.range where logits[token] > logits[Int(best)] { best = Int32(token) }
            guard best != vocabulary.id(.steps) else { break }
            said.append(best)
            logits = try decoder.step(best)
        }
        return (try tokenizers.decodeText(prompt), try tokenizers.decodeText(said))
    }

    /// Lets the model act on the first steps; it sees the true past.
    private func actions(_ document: TokenDocument, _ core: PolicyCore) throws -> ([[Double]], [[Double]]) {
        // Six decimals are finer than any bin and keep the file small.
        func rounded(_ value: Double) -> Double { (value * 1e6).rounded() / 1e6 }
        let streams = tokenizers.vocabulary.streams
        guard document.headerCount + streams.tokensPerStep <= core.context else { return ([], []) }
        var session = try PolicySession(core, header: Array(document.tokens[0..<document.headerCount]))
        var recorded: [[Double]] = []
        var predicted: [[Double]] = []
        for number in document.stepStarts.indices.prefix(steps) {
            let step = Array(document.tokens[document.stepRange(number)])
            let chosen = try session.act(Array(step[..<streams.observationTokenCount]))
            try session.commit(action: Array(step[streams.observationTokenCount...]))
            let truth = document.actions(ofStep: number).map { rounded(Double($0)) }
            recorded += truth.rows(of: tokenizers.actions.width)
            predicted += chosen.values.prefix(truth.count).map(rounded).rows(of: tokenizers.actions.width)
        }
        return (recorded, predicted)
    }
}
