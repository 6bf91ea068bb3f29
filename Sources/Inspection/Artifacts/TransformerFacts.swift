import Modeling

/// The shape of a transformer as a line of text.
extension TransformerConfiguration {
    var facts: String {
        let grouped = keyValueHeads == heads ? "" : " (\(keyValueHeads) key and value)"
        return "\(layers) layers, width \(width), \(counted(heads, "head"))\(grouped), hidden \(hiddenWidth), "
            + "context \(context), vocabulary \(vocabularySize), \(tiedHead ? "tied" : "own") head"
    }
}
