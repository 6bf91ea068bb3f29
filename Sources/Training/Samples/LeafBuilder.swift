public import Modeling
public import Tokenization

/// Makes leaves out of samples: rows of inputs and targets, padded to the longest of the leaf.
///
/// A row holds one sample, or several that do not see each other.
public struct LeafBuilder: Sendable {
    public let corpus: TokenCorpus
    public let table: SampleTable
    /// The token behind short rows; it is never a target.
    public let padding: Int32
    /// Which samples share a row; `nil` when each has its own.
    public let packing: SamplePacking?

    public init(
        corpus: TokenCorpus, table: SampleTable, packing: SamplePacking? = nil,
        padding: Int32 = Int32(SharedVocabulary.Special.pad.rawValue)
    ) {
        self.corpus = corpus
        self.table = table
        self.packing = packing
        self.padding = padding
    }

    /// How many rows an epoch has.
    public var count: Int { packing?.rows.count ?? table.samples.count }

    /// The samples in row `number`.
    private func samples(in number: Int) -> [Int] { packing?.rows[number] ?? [number] }

    /// A leaf of the rows of these numbers; without packing, of these samples.
    ///
    /// - Precondition: there is at least one row.
    public func leaf(_ numbers: [Int]) -> Leaf { packed(numbers.map { samples(in: $0).map(row) }) }

    /// A sample's tokens.
    private func row(_ number: Int) -> Row {
        let sample = table.samples[number]
        let document = corpus.documents[sample.document]
        let positions = sample.tokenPositions(in: document, limit: table.context + 1)
        return Row(
            tokens: positions.map { document.tokens[$0] }, weights: positions.map { Int32(document.weights[$0]) },
            modalities: positions.map { document.modalities[$0] })
    }

    /// The samples of a leaf for an error message: episodes and steps.
    public func describe(_ numbers: [Int]) -> String {
        numbers.flatMap(samples).map { number in
            let sample = table.samples[number]
            let last = sample.firstStep + sample.stepCount - 1
            return "\(number) (episode '\(corpus.documents[sample.document].id)', steps \(sample.firstStep)...\(last))"
        }.joined(separator: ", ")
    }

    /// One row before it is shifted: every token with what it weighs and stands for when it is predicted.
    public struct Row: Sendable {
        public var tokens: [Int32]
        /// In 1/256; a token that weighs nothing is no target, unless ``scored`` says so.
        public var weights: [Int32]
        public var modalities: [UInt8]
        /// Which tokens are targets; `nil` for those with a weight.
        public var scored: [Bool]?

        public init(tokens: [Int32], weights: [Int32], modalities: [UInt8], scored: [Bool]? = nil) {
            self.tokens = tokens
            self.weights = weights
            self.modalities = modalities
            self.scored = scored
        }
    }

    /// A leaf of prepared rows.
    public func rows(_ rows: [Row]) -> Leaf { packed(rows.map { [$0] }) }

    /// A leaf whose sequences hold one or several prepared rows, which do not see each other.
    public func packed(_ sequences: [[Row]]) -> Leaf {
        let length = sequences.map { $0.reduce(0) { $0 + $1.tokens.count - 1 } }.max() ?? 0
        precondition(length > 0, "a leaf has rows of at least two tokens")
        let count = sequences.count * length
        var inputs = [Int32](repeating: padding, count: count)
        var targets = [Int32](repeating: -1, count: count)
        var weights = [Int32](repeating: 0, count: count)
        var modalities = [UInt8](repeating: 0, count: count)
        var starts: [Int] = []
        for (number, rows) in sequences.enumerated() {
            var base = number * length
            for row in rows {
                starts.append(base)
                for position in 0..<row.tokens.count - 1 {
                    let next = position + 1
                    inputs[base + position] = row.tokens[position]
                    modalities[base + position] = row.modalities[next]
                    guard row.scored?[next] ?? (row.weights[next] > 0) else { continue }
                    targets[base + position] = row.tokens[next]
                    weights[base + position] = row.weights[next]
                }
                base += row.tokens.count - 1
            }
        }
        return Leaf(
            sequences: sequences.count, length: length, inputs: inputs, targets: targets, weights: weights,
            modalities: modalities, documentStarts: sequences.contains { $0.count > 1 } ? starts : [])
    }
}
