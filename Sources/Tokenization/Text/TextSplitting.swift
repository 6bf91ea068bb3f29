/// Which pieces of a text byte pairs may not cross.
public enum TextSplitting: String, Codable, Hashable, Sendable, CaseIterable {
    /// GPT-2's pattern: words with the blank before them, numbers of any length, runs of symbols.
    case gpt2
    /// GPT-4's (`cl100k_base` of `tiktoken`): numbers of at most three digits, contractions in capitals too, lines ending a piece.
    case gpt4

    /// The pattern as the `tokenizers` package reads it; GPT-2's is the one its `ByteLevel` has built in.
    ///
    /// `\z` stands where `tiktoken` writes `$`, which Oniguruma would match at every line's end.
    var pattern: String? {
        switch self {
        case .gpt2: nil
        case .gpt4:
            #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+\z|\s*[\r\n]|\s+(?!\S)|\s"#
        }
    }
}
