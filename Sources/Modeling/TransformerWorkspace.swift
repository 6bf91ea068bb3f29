import Kernels

// R rows (B · T), N width, H query heads, G key-value heads, D head dimension, F hidden width, V vocabulary.

/// The memory that one forward and backward pass needs, made once and reused by every leaf of the same shape.
final class TransformerWorkspace {
    /// What the way back reads of one layer.
    struct Activations {
        let normed: FloatView  // [R, N] attention's input
        let normInverse: FloatView  // [R]
        let q: FloatView  // [R, H · D], rotated
        let k: FloatView  // [R, G · D], rotated
        let v: FloatView  // [R, G · D]
        let statistics: FloatView
        let attended: FloatView  // [R, H · D]
        let middle: FloatView  // [R, N] residual stream after attention
        let feedNormed: FloatView  // [R, N]
        let feedNormInverse: FloatView  // [R]
        let gate: FloatView  // [R, F]
        let up: FloatView  // [R, F]
        let activated: FloatView  // [R, F]
    }

    /// Rows of logits held at a time; free of bits, and even so that pairs of bf16 products stay together.
    static let chunkRows = 256

    let shape: AttentionShape
    /// The documents of the leaf that is computed.
    var documents: DocumentRows
    let keepsLayers: Bool
    /// Whether one layer's activations have room, and only the streams between layers are kept.
    let recomputes: Bool
    /// The residual stream before each layer, and after the last.
    let streams: [FloatView]
    let layers: [Activations]
    let scratch: FloatView
    let finalNormed: FloatView  // [R, N]
    let finalInverse: FloatView  // [R]
    /// Rows that have a target, and the gradient of them [R, N].
    let selected: FloatView
    let selectedGradient: FloatView
    let logits: FloatView  // [chunkRows, V]
    // Gradients, reused by every layer.
    let stream: FloatView  // [R, N]
    let normed: FloatView  // [R, N]
    let q: FloatView
    let k: FloatView
    let v: FloatView
    let attended: FloatView
    let gate: FloatView
    let up: FloatView
    let activated: FloatView
    let embeddingRow: FloatView  // [N]

    /// Memory for leaves of `sequences` x `length`; without `keepsLayers` only the forward pass can be computed.
    init(
        _ c: TransformerConfiguration, sequences: Int, length: Int, keepsLayers: Bool, recomputes: Bool = false,
        threads: Int
    ) {
        let shape = AttentionShape(
            sequences: sequences, length: length, heads: c.heads, keyValueHeads: c.keyValueHeads,
            headDimension: c.headDimension)
        let rows = sequences * length
        let kept = keepsLayers && !recomputes ? c.layers : 1
        let keyWidth = c.keyValueHeads * c.headDimension
        func make(_ columns: Int) -> FloatView { FloatBuffer(count: rows * columns).all }
        self.shape = shape
        documents = DocumentRows(sequences: sequences, length: length)
        self.keepsLayers = keepsLayers
        self.recomputes = recomputes
        streams = (0...(keepsLayers ? c.layers : 1)).map { _ in make(c.width) }
        layers = (0..<kept).map { _ in
            Activations(
                normed: make(c.width), normInverse: make(1), q: make(c.width), k: make(keyWidth), v: make(keyWidth),
                statistics: FloatBuffer(count: shape.statistics).all, attended: make(c.width), middle: make(c.width),
                feedNormed: make(c.width), feedNormInverse: make(1), gate: make(c.hiddenWidth), up: make(c.hiddenWidth),
                activated: make(c.hiddenWidth))
        }
        scratch = FloatBuffer(count: shape.scratch * threads).all
        finalNormed = make(c.width)
        finalInverse = make(1)
        selected = make(c.width)
        logits = FloatBuffer(count: min(Self.chunkRows, rows) * c.vocabularySize).all
        func gradient(_ columns: Int) -> FloatView { FloatBuffer(count: keepsLayers ? rows * columns : 0).all }
        selectedGradient = gradient(c.width)
        stream = gradient(c.width)
        normed = gradient(c.width)
        q = gradient(c.width)
        k = gradient(keyWidth)
        v = gradient(keyWidth)
        attended = gradient(c.width)
        gate = gradient(c.hiddenWidth)
        up = gradient(c.hiddenWidth)
        activated = gradient(c.hiddenWidth)
        embeddingRow = FloatBuffer(count: c.width).all
    }

    /// The residual stream before layer `layer`; without kept layers two buffers take turns.
    func stream(before layer: Int) -> FloatView { keepsLayers ? streams[layer] : streams[layer % 2] }
    func activations(of layer: Int) -> Activations { layers[layers.count > 1 ? layer : 0] }
}
