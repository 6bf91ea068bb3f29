import DurableFiles
import Kernels
import Modeling
public import Tokenization

/// Writes a trained model as a folder that Hugging Face's transformers loads as a Llama, with all that is needed to go from
/// ids to actions in their own units and to pixels.
public enum HuggingFaceExport {
    /// Writes the folder, which is created.
    ///
    /// - Throws: `DurableFilesError` when it cannot be written, `TokenizationError` when the text tokenizer cannot be.
    public static func write(_ model: TrainedModel, tokenizers: TokenizerSet, to folder: String) throws {
        try tokenizers.vocabulary.requireSame(model.vocabulary, as: "checkpoint '\(model.folder)'")
        try DurableFiles.createDirectory(folder)
        func write(_ bytes: [UInt8], _ name: String) throws {
            try DurableFiles.writeFile(bytes, to: folder + "/" + name)
        }
        let layout = ParameterLayout(model.configuration)
        let tensors = layout.tensors.map {
            SafetensorsFile.Tensor(name: $0.name, shape: $0.shape, values: model.weights[$0.range])
        }
        try write(try SafetensorsFile.encode(tensors, metadata: ["format": "pt"]), "model.safetensors")
        try write(
            try SortedJSON.encode(LlamaConfiguration(model.configuration, tokenizers.vocabulary), pretty: true),
            "config.json")
        try write(
            try SortedJSON.encode(GenerationConfiguration(tokenizers.vocabulary), pretty: true),
            "generation_config.json")
        try write(
            try SortedJSON.encode(TokenizerConfiguration(model.configuration.context), pretty: true),
            "tokenizer_config.json")
        try write(try tokenizers.sharedTextTokenizer(), "tokenizer.json")
        try write(try SortedJSON.encode(VocabularyManifest(tokenizers), pretty: true), "vocabulary.json")
        if let images = tokenizers.images {
            let pixels = images.codebook.map { ($0 * 128 + 128).rounded(.toNearestOrEven) }.map { min(255, max(0, $0)) }
            try write(
                NumPyFile.encode(pixels, shape: [images.codeCount, images.patch, images.patch, images.channels]),
                "image_codebook.npy")
        }
        try write(Array(ExportReadme.text().utf8), "README.md")
    }
}

/// `config.json` of a Llama.
private struct LlamaConfiguration: Encodable {
    var architectures = ["LlamaForCausalLM"]
    var model_type = "llama"
    var vocab_size: Int
    var hidden_size: Int
    var intermediate_size: Int
    var num_hidden_layers: Int
    var num_attention_heads: Int
    var num_key_value_heads: Int
    var head_dim: Int
    var max_position_embeddings: Int
    var rms_norm_eps: Double
    var rope_theta: Double
    var tie_word_embeddings: Bool
    var hidden_act = "silu"
    var attention_bias = false
    var mlp_bias = false
    var attention_dropout = 0
    var initializer_range = 0.02
    var use_cache = true
    var torch_dtype = "float32"
    var bos_token_id: Int32
    var eos_token_id: Int32
    var pad_token_id: Int32

    init(_ model: TransformerConfiguration, _ vocabulary: SharedVocabulary) {
        vocab_size = model.vocabularySize
        hidden_size = model.width
        intermediate_size = model.hiddenWidth
        num_hidden_layers = model.layers
        num_attention_heads = model.heads
        num_key_value_heads = model.keyValueHeads
        head_dim = model.headDimension
        max_position_embeddings = model.context
        rms_norm_eps = model.normEpsilon
        rope_theta = model.ropeBase
        tie_word_embeddings = model.tiedHead
        bos_token_id = vocabulary.id(.bos)
        eos_token_id = vocabulary.id(.eos)
        pad_token_id = vocabulary.id(.pad)
    }
}

/// `generation_config.json`.
private struct GenerationConfiguration: Encodable {
    var bos_token_id: Int32
    var eos_token_id: Int32
    var pad_token_id: Int32
    var do_sample = false

    init(_ vocabulary: SharedVocabulary) {
        bos_token_id = vocabulary.id(.bos)
        eos_token_id = vocabulary.id(.eos)
        pad_token_id = vocabulary.id(.pad)
    }
}

/// `tokenizer_config.json`.
private struct TokenizerConfiguration: Encodable {
    var tokenizer_class = "PreTrainedTokenizerFast"
    var bos_token = SharedVocabulary.Special.bos.name
    var eos_token = SharedVocabulary.Special.eos.name
    var pad_token = SharedVocabulary.Special.pad.name
    var clean_up_tokenization_spaces = false
    var model_max_length: Int

    init(_ context: Int) { model_max_length = context }
}
