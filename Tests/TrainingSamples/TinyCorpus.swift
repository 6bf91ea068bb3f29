package import Determinism
import Tokenization
package import Training

/// Small corpora for tests.
package enum TinyCorpus {
    package static let vocabulary = Digest(of: "a vocabulary for tests")

    /// Documents with a header of three tokens, steps of four (three observations, one action) and a closing token.
    ///
    /// - Parameter token: the token at a place of a document.
    package static func make(documents: Int, steps: Int, token: (_ document: Int, _ place: Int) -> Int32) -> TokenCorpus
    {
        TokenCorpus(
            documents: (0..<documents).map { number in
                let count = 3 + 4 * steps + 1
                var modalities: [UInt8] = [0, 1, 0]
                for _ in 0..<steps { modalities += [2, 2, 2, 3] }
                modalities.append(0)
                var weights = [UInt16](repeating: 256, count: count)
                for place in 0..<count where modalities[place] == 3 { weights[place] = 700 }
                weights[0] = 0
                return TokenDocument(
                    id: "demo_\(number)", tokens: (0..<count).map { token(number, $0) }, weights: weights,
                    modalities: modalities, headerCount: 3, stepStarts: (0..<steps).map { 3 + 4 * $0 })
            }, vocabulary: vocabulary)
    }

    package static func counting(documents: Int, steps: Int) -> TokenCorpus {
        make(documents: documents, steps: steps) { _, place in Int32(place) }
    }

    /// Random observations; the action repeats the first observation of its step.
    package static func random(documents: Int, steps: Int, tokens: Int) -> TokenCorpus {
        let field = RandomField(seed: 3, purpose: RandomPurpose("test.tokens"))
        return make(documents: documents, steps: steps) { document, place in
            let source = place >= 3 && (place - 3) % 4 == 3 ? place - 3 : place
            var words = field.stream(UInt32(document), UInt32(source))
            return Int32(words.index(below: tokens))
        }
    }
}
