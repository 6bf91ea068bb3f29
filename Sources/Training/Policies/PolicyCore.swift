import Modeling
import Tokenization

/// What the sessions of a policy share.
final class PolicyCore {
    let tokenizers: TokenizerSet
    let decoding: ActionDecoding
    /// With an empty cache; sessions go on from copies.
    let decoder: Decoder

    init(tokenizers: TokenizerSet, decoding: ActionDecoding, decoder: Decoder) {
        self.tokenizers = tokenizers
        self.decoding = decoding
        self.decoder = decoder
    }

    /// Tokens that the model sees at once.
    var context: Int { decoder.configuration.context }
}
