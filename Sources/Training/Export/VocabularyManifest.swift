import Determinism
import Tokenization

/// What every id of an exported model stands for, readable without this program.
struct VocabularyManifest: Encodable {
    struct Block: Encodable {
        let first: Int
        let count: Int
    }

    struct Stream: Encodable {
        let name: String
        let dimensions: [String]
        /// Edges of the bins of each dimension, one more than bins, in the stream's units; empty for frequencies.
        let bin_edges: [[Double]]
        /// How ids stand for the frequencies of a chunk, instead of bins.
        var frequencies: Frequencies?
    }

    /// Ids of rounded cosine coefficients, frequency by frequency, all dimensions of one beside each other.
    struct Frequencies: Encodable {
        let scale: Double
        /// Percentiles of each dimension at -1 and 1.
        let low: [Double]
        let high: [Double]
        /// The coefficient of id 0; ids below `symbols` stand for one each.
        let least: Int
        let symbols: Int
        /// Left, right and result; the first that gives an id tells what it stands for.
        let merges: [[Int32]]
    }

    struct Camera: Encodable {
        let name: String
        let height: Int
        let width: Int
        let channels: Int
        let patch: Int
        /// Tokens of a frame: rows × columns, row by row.
        let rows: Int
        let columns: Int
    }

    var schema = "orchestrate.exported-vocabulary/1"
    let digest: Digest
    let size: Int
    let blocks: [String: Block]
    let special_tokens: [String: Int]
    /// The parts of a step in the order of its tokens.
    let cameras: [Camera]
    let sensors: [Stream]
    let actions: Stream
    /// Steps of the recording in a step; the first is seen, the actions of all are told.
    let recorded_steps: Int
    /// The most there can be where actions are frequencies.
    let tokens_per_step: Int
    var layout = "<bos> instruction <steps> then per step: codes of each camera, sensors, actions; <eos> at the end"

    init(_ tokenizers: TokenizerSet) {
        let vocabulary = tokenizers.vocabulary
        digest = vocabulary.digest
        size = vocabulary.count
        blocks = Dictionary(
            vocabulary.blocks.map { ($0.modality.name, Block(first: $0.first, count: $0.count)) },
            uniquingKeysWith: { first, _ in first })
        special_tokens = Dictionary(
            vocabulary.specialTokens.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        cameras = vocabulary.streams.cameras.map {
            Camera(
                name: $0.name, height: $0.height, width: $0.width, channels: $0.channels, patch: $0.patch,
                rows: $0.rows, columns: $0.columns)
        }
        sensors = tokenizers.sensors.map(Self.stream)
        switch tokenizers.actions {
        case .bins(let quantizer): actions = Self.stream(quantizer)
        case .frequencies(let tokenizer):
            actions = Stream(
                name: tokenizer.stream, dimensions: tokenizer.names, bin_edges: [],
                frequencies: Frequencies(
                    scale: tokenizer.scale, low: tokenizer.low, high: tokenizer.high, least: tokenizer.least,
                    symbols: tokenizer.pairs.symbols, merges: tokenizer.pairs.merges))
        }
        recorded_steps = vocabulary.streams.chunk
        tokens_per_step = vocabulary.streams.tokensPerStep
    }

    private static func stream(_ quantizer: ScalarQuantizer) -> Stream {
        Stream(
            name: quantizer.stream, dimensions: quantizer.names,
            bin_edges: quantizer.names.indices.map { dimension in
                (0...quantizer.bins).map { quantizer.value(at: Double($0), dimension: dimension) }
            })
    }
}
