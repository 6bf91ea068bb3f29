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
        /// Edges of the bins of each dimension, one more than bins, in the stream's units.
        let bin_edges: [[Double]]
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
        actions = Self.stream(tokenizers.actions)
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
