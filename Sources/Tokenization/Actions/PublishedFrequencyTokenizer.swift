// H steps of a chunk, D dimensions.

/// A frequency tokenizer as published: integers as characters of a text, which a `tokenizer.json` of the `tokenizers` package encodes.
///
/// The text is cut by GPT-2's pattern as any text is, so merges do not cross from letters to digits although these mean numbers.
/// Read to give the published ids; what is fitted here is a ``FrequencyActionTokenizer``, which has no such borders.
///
/// - Source: the processor beside the weights `physical-intelligence/fast`.
public struct PublishedFrequencyTokenizer: Sendable {
    private let numbers: FrequencyActionTokenizer
    private let text: ByteLevelBPE

    /// Reads `path` with the bounds that belong to it.
    ///
    /// - Parameters:
    ///   - low: the 1st percentile of each dimension.
    ///   - high: the 99th percentile of each dimension.
    ///   - chunk: steps of a chunk.
    ///   - scale: what coefficients are multiplied by.
    ///   - least: the integer that character 0 stands for.
    /// - Throws: ``TokenizationError`` when the file is no byte-level BPE.
    public static func read(
        file path: String, low: [Double], high: [Double], chunk: Int, scale: Double, least: Int
    ) throws -> PublishedFrequencyTokenizer {
        let numbers = try FrequencyActionTokenizer(
            stream: "actions", names: low.indices.map { "action_\($0)" }, chunk: chunk, scale: scale, low: low,
            high: high, least: least, pairs: SymbolPairs(symbols: 1, merges: []))
        return PublishedFrequencyTokenizer(
            numbers: numbers, text: try ByteLevelBPE.read(file: path, holdsAllBytes: false))
    }

    /// The rounded coefficients of a chunk `[H, D]`, frequency by frequency.
    public func integers(of values: [Float]) throws -> [Int] { try numbers.integers(of: values) }

    /// The ids of a chunk `[H, D]`.
    public func encode(_ values: [Float]) throws -> [Int32] {
        var view = String.UnicodeScalarView()
        for integer in try integers(of: values) {
            guard let scalar = Unicode.Scalar(UInt32(max(0, integer - numbers.least))) else {
                throw TokenizationError(.badValue, "the coefficient \(integer) has no character")
            }
            view.append(scalar)
        }
        return text.encode(String(view))
    }

    /// The actions `[H, D]` that ids stand for.
    ///
    /// - Throws: ``TokenizationError`` when the ids are not those of exactly one chunk.
    public func decode(_ ids: [Int32]) throws -> [Float] { numbers.values(of: try integers(standingFor: ids)) }

    /// The rounded coefficients that ids stand for.
    ///
    /// - Throws: ``TokenizationError`` when the ids are not those of exactly one chunk.
    public func integers(standingFor ids: [Int32]) throws -> [Int] {
        let integers = try text.decode(ids).unicodeScalars.map { Int($0.value) + numbers.least }
        let count = numbers.chunk * numbers.names.count
        guard integers.count == count else {
            throw TokenizationError(
                .badValue, "\(ids.count) action tokens stand for \(integers.count) coefficients; a chunk has \(count)")
        }
        return integers
    }
}
