import Determinism
import Modeling
import Tokenization
import Training

/// A model and batch that steps are measured on.
enum BenchSize: String {
    /// 6.8M, 33.7M and 124M parameters.
    case small, medium, large

    var configuration: TransformerConfiguration {
        switch self {
        case .small:
            TransformerConfiguration(
                vocabularySize: 4096, width: 256, layers: 6, heads: 8, hiddenWidth: 688, context: 256, tiedHead: false)
        case .medium:
            TransformerConfiguration(
                vocabularySize: 8192, width: 512, layers: 8, heads: 8, hiddenWidth: 1376, context: 512, tiedHead: false)
        case .large:
            TransformerConfiguration(
                vocabularySize: 32768, width: 768, layers: 12, heads: 12, hiddenWidth: 2048, context: 1024)
        }
    }

    /// Sequences of a leaf.
    var sequences: Int {
        switch self {
        case .small: 8
        case .medium: 4
        case .large: 2
        }
    }

    var leaves: Int { 4 }

    /// Floating-point operations of the model in one step; an fma is two, and of attention what lies below the diagonal counts.
    var operations: Double {
        Double(sequences * leaves) * configuration.trainingOperations(length: configuration.context)
    }

    /// Documents of random tokens in steps of 32, each with a header of one; every position of a window has a target.
    func corpus() -> TokenCorpus {
        let field = RandomField(seed: 5, purpose: RandomPurpose("bench.tokens"))
        let steps = configuration.context / 32 * 2
        return TokenCorpus(
            documents: (0..<64).map { number in
                var words = field.stream(UInt32(number))
                let count = 1 + 32 * steps
                return TokenDocument(
                    id: "document-\(number)",
                    tokens: (0..<count).map { _ in Int32(words.index(below: configuration.vocabularySize)) },
                    weights: Array(repeating: 256, count: count), modalities: Array(repeating: 1, count: count),
                    headerCount: 1, stepStarts: (0..<steps).map { 1 + 32 * $0 })
            }, vocabulary: Digest(of: "random tokens"))
    }

    /// The model as JSON, for the peer.
    func description(steps: Int) -> String {
        let c = configuration
        return """
            {"context":\(c.context),"heads":\(c.heads),"hiddenWidth":\(c.hiddenWidth),"layers":\(c.layers),\
            "leaves":\(leaves),"operations":\(operations),"parameters":\(ParameterLayout(c).count),\
            "sequences":\(sequences),"steps":\(steps),"tied":\(c.tiedHead),"vocabularySize":\(c.vocabularySize),\
            "width":\(c.width)}
            """
    }
}
