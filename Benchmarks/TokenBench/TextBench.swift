import Foundation
import Tokenization

/// Byte-pair encoding of text: how long training takes and how fast text is encoded.
enum TextBench {
    static func run(text path: String, vocabulary folder: String) throws {
        let text = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        let front = String(decoding: text.prefix(text.count * 9 / 10), as: UTF8.self)
        let training = try TokenBench.least(3) {
            _ = try ByteLevelBPE.train(on: [front], vocabularySize: 2048)
        }
        TokenBench.figure("train 2048 merges", training, "s")
        let tokenizer = try ByteLevelBPE.read(
            vocabulary: folder + "/encoder.json", merges: folder + "/vocab.bpe")
        var tokens = 0
        let encoding = TokenBench.least(7) { tokens = tokenizer.encode(bytes: text).count }
        TokenBench.figure("encode with GPT-2", Double(text.count) / encoding / 1e6, "MB/s")
        TokenBench.figure("tokens", Double(tokens), "")
    }
}
