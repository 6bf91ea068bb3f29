import Kernels

// B sequences, T positions.

/// One micro-batch of gradient accumulation: sequences of equal length, computed whole by one rank.
public struct Leaf: Hashable, Sendable {
    public var sequences: Int
    public var length: Int
    /// Token ids `[B, T]`.
    public var inputs: [Int32]
    /// The token to be predicted at each position, -1 where there is none `[B, T]`.
    public var targets: [Int32]
    /// Loss weights in units of 1/256 `[B, T]`.
    public var weights: [Int32]
    /// The modality of each target `[B, T]`: 0 special, 1 text, 2 image, 3 action, 4 sensor.
    public var modalities: [UInt8]
    /// Places among the leaf's rows where a document begins, ascending.
    ///
    /// Documents do not see each other, and positions count from their beginning. A sequence begins one in any case.
    public var documentStarts: [Int]

    public init(
        sequences: Int, length: Int, inputs: [Int32], targets: [Int32], weights: [Int32], modalities: [UInt8],
        documentStarts: [Int] = []
    ) {
        self.sequences = sequences
        self.length = length
        self.inputs = inputs
        self.targets = targets
        self.weights = weights
        self.modalities = modalities
        self.documentStarts = documentStarts
    }

    /// Rows of the leaf, B · T.
    public var rows: Int { sequences * length }

    /// The leaf's part of the global loss weight, in units of 1/256.
    public var weight: Int64 {
        zip(targets, weights).reduce(0) { $1.0 < 0 ? $0 : $0 + Int64($1.1) }
    }

    /// The documents of all sequences.
    var documents: DocumentRows {
        guard !documentStarts.isEmpty else { return DocumentRows(sequences: sequences, length: length) }
        let starts = Set(documentStarts).union((0..<sequences).map { $0 * length })
        return DocumentRows(starts: starts.sorted(), rows: rows)
    }

    func validate(_ configuration: TransformerConfiguration) throws {
        func refuse(_ message: String) -> ModelingError { ModelingError(.shape, message) }
        guard sequences > 0, length > 0 else { throw refuse("a leaf of \(sequences) sequences of \(length) tokens") }
        guard length <= configuration.context else {
            throw refuse("a leaf's sequences have \(length) tokens, more than the context of \(configuration.context)")
        }
        for (name, count) in [
            ("inputs", inputs.count), ("targets", targets.count), ("weights", weights.count),
            ("modalities", modalities.count),
        ] where count != rows {
            throw refuse("a leaf of \(sequences)x\(length) tokens has \(count) \(name); expected \(rows)")
        }
        for (index, start) in documentStarts.enumerated() {
            let least = index == 0 ? 0 : documentStarts[index - 1] + 1
            guard start >= least, start < rows else {
                throw refuse("document \(index) begins at place \(start) of a leaf; expected one in \(least)..<\(rows)")
            }
        }
        let vocabulary = Int32(clamping: configuration.vocabularySize)
        if let row = inputs.firstIndex(where: { $0 < 0 || $0 >= vocabulary }) {
            throw refuse("input \(row) is token \(inputs[row]), outside the vocabulary of \(vocabulary)")
        }
        if let row = targets.firstIndex(where: { $0 < -1 || $0 >= vocabulary }) {
            throw refuse("target \(row) is token \(targets[row]), outside the vocabulary of \(vocabulary)")
        }
        if let row = weights.firstIndex(where: { $0 < 0 || $0 > 1 << 20 }) {
            throw refuse("loss weight \(row) is \(weights[row]) units of 1/256; it must be in 0...\(1 << 20)")
        }
    }
}

/// The loss of one leaf; leaves add up in index order.
public struct LeafLoss: Hashable, Sendable, Codable {
    /// What one modality contributed, unweighted.
    public struct Part: Hashable, Sendable, Codable {
        /// Negative log likelihood in nats, positions ascending.
        public var sum: Double
        public var count: Int
        /// How often the target was the first of the most likely tokens.
        public var correct: Int

        public init(sum: Double = 0, count: Int = 0, correct: Int = 0) {
            self.sum = sum
            self.count = count
            self.correct = correct
        }
    }

    /// How many modalities are told apart at least.
    public static let modalities = 5

    /// Sum of weight · nats, positions ascending, weights in units of 1/256: the mean is `weightedSum / Double(weight)`.
    public var weightedSum: Double
    /// Sum of the weights in units of 1/256, exact.
    public var weight: Int64
    /// By modality: special, text, image, action, sensor.
    public var byModality: [Part]

    public init(weightedSum: Double = 0, weight: Int64 = 0, byModality: [Part] = []) {
        self.weightedSum = weightedSum
        self.weight = weight
        self.byModality =
            byModality + Array(repeating: Part(), count: max(0, Self.modalities - byModality.count))
    }

    /// Mean weighted loss in nats; zero without weight.
    public var mean: Double { weight == 0 ? 0 : weightedSum / Double(weight) }

    /// Adds a later leaf's loss.
    public static func += (left: inout LeafLoss, right: LeafLoss) {
        left.weightedSum += right.weightedSum
        left.weight += right.weight
        while left.byModality.count < right.byModality.count { left.byModality.append(Part()) }
        for (index, part) in right.byModality.enumerated() {
            left.byModality[index].sum += part.sum
            left.byModality[index].count += part.count
            left.byModality[index].correct += part.correct
        }
    }
}
