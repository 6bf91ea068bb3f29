// H recorded steps of a step of the timeline, D dimensions.

/// How the actions of a step of the timeline become tokens.
public enum ActionCoder: Hashable, Sendable {
    /// A bin for each number: always H·D tokens.
    case bins(ScalarQuantizer)
    /// A chunk of steps as frequencies: at most H·D tokens, mostly far fewer.
    case frequencies(FrequencyActionTokenizer)

    /// Names of the action's dimensions.
    public var names: [String] {
        switch self {
        case .bins(let quantizer): quantizer.names
        case .frequencies(let tokenizer): tokenizer.names
        }
    }

    /// Numbers of an action, D.
    public var width: Int { names.count }

    /// Ids the block needs.
    public var count: Int {
        switch self {
        case .bins(let quantizer): quantizer.bins
        case .frequencies(let tokenizer): tokenizer.count
        }
    }

    /// How many ids from the first stand for numbers in their order; those behind them stand for several.
    var ordinalCount: Int {
        switch self {
        case .bins(let quantizer): quantizer.bins
        case .frequencies(let tokenizer): tokenizer.pairs.symbols
        }
    }

    /// The bins; `nil` when actions are frequencies.
    public var quantizer: ScalarQuantizer? {
        if case .bins(let quantizer) = self { quantizer } else { nil }
    }

    /// Local ids of whole rows `[H, D]` in the stream's own units.
    func encode(_ rows: [Float]) throws -> [Int32] {
        switch self {
        case .bins(let quantizer): try quantizer.encode(rows).map { Int32($0) }
        case .frequencies(let tokenizer): try tokenizer.encode(rows)
        }
    }

    /// The rows `[H, D]` that local ids stand for.
    ///
    /// - Throws: ``TokenizationError`` when they are not whole rows or not those of one chunk.
    func decode(_ ids: [Int32]) throws -> [Float] {
        switch self {
        case .bins(let quantizer): try quantizer.decode(ids.map { Int($0) })
        case .frequencies(let tokenizer): try tokenizer.decode(ids)
        }
    }

    func files() throws -> TokenizerFiles {
        switch self {
        case .bins(let quantizer): try ScalarTokenizer(streams: [quantizer]).files()
        case .frequencies(let tokenizer): try tokenizer.files()
        }
    }

    /// Writes `bins.json` or `fast.json` into `folder`, which is created.
    public func write(to folder: String) throws { try files().write(to: folder) }

    /// Reads the tokenizer that ``write(to:)`` wrote.
    ///
    /// - Throws: ``TokenizationError`` for a missing or damaged file, or bins of several streams.
    public static func read(_ folder: String) throws -> ActionCoder {
        if FileBytes.exists(folder + "/" + FrequencyActionTokenizer.fileName) {
            return .frequencies(try FrequencyActionTokenizer.read(folder))
        }
        let streams = try ScalarTokenizer.read(folder).streams
        guard streams.count == 1 else {
            throw TokenizationError(.badValue, "an action tokenizer has one stream; this one has \(streams.count)")
        }
        return .bins(streams[0])
    }
}
