/// One named tensor inside the flat parameters.
public struct ParameterTensor: Hashable, Sendable, Codable {
    /// The name that Hugging Face's Llama gives it.
    public let name: String
    /// Row-major; linear maps are `[out, in]`.
    public let shape: [Int]
    /// Flat index of the first element.
    public let offset: Int

    /// How many elements there are.
    public var count: Int { shape.reduce(1, *) }
    /// The flat indices.
    public var range: Range<Int> { offset..<offset + count }
    /// Whether weight decay applies: to matrices, not to norm gains.
    public var decays: Bool { shape.count > 1 }
}

/// Where each tensor of a transformer lies in one flat buffer.
public struct ParameterLayout: Hashable, Sendable, Codable {
    /// All tensors, without gaps, in the order of their flat indices.
    public let tensors: [ParameterTensor]
    /// Number of parameters.
    public let count: Int

    let embedding: Int
    let blocks: [Block]
    let norm: Int
    /// Index of the output head's tensor; the embedding when tied.
    let head: Int

    /// Indices into ``tensors`` of one layer.
    struct Block: Hashable, Sendable, Codable {
        var attentionNorm, query, key, value, output, feedForwardNorm, gate, up, down: Int
    }

    /// The layout of `configuration`.
    public init(_ configuration: TransformerConfiguration) {
        let c = configuration
        var tensors: [ParameterTensor] = []
        var offset = 0
        func place(_ name: String, _ shape: Int...) -> Int {
            let tensor = ParameterTensor(name: name, shape: shape, offset: offset)
            tensors.append(tensor)
            offset += tensor.count
            return tensors.count - 1
        }
        let keyWidth = c.keyValueHeads * c.headDimension
        embedding = place("model.embed_tokens.weight", c.vocabularySize, c.width)
        blocks = (0..<c.layers).map { layer in
            let prefix = "model.layers.\(layer)."
            return Block(
                attentionNorm: place(prefix + "input_layernorm.weight", c.width),
                query: place(prefix + "self_attn.q_proj.weight", c.width, c.width),
                key: place(prefix + "self_attn.k_proj.weight", keyWidth, c.width),
                value: place(prefix + "self_attn.v_proj.weight", keyWidth, c.width),
                output: place(prefix + "self_attn.o_proj.weight", c.width, c.width),
                feedForwardNorm: place(prefix + "post_attention_layernorm.weight", c.width),
                gate: place(prefix + "mlp.gate_proj.weight", c.hiddenWidth, c.width),
                up: place(prefix + "mlp.up_proj.weight", c.hiddenWidth, c.width),
                down: place(prefix + "mlp.down_proj.weight", c.width, c.hiddenWidth))
        }
        norm = place("model.norm.weight", c.width)
        head = c.tiedHead ? embedding : place("lm_head.weight", c.vocabularySize, c.width)
        self.tensors = tensors
        count = offset
    }

    /// The tensor called `name`.
    public func tensor(named name: String) -> ParameterTensor? { tensors.first { $0.name == name } }

    /// The tensor that holds flat index `index`.
    public func tensor(at index: Int) -> ParameterTensor? { tensors.first { $0.range.contains(index) } }
}
