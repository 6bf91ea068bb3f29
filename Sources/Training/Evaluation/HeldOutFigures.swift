import Determinism
public import Kernels
public import Modeling
public import Ranks
import Tokenization

/// Losses of a model on held-out episodes, what it knows of the next frame, and what its images are worth to it.
public struct HeldOutFigures: Codable, Hashable, Sendable {
    /// One modality.
    public struct ModalityFigures: Codable, Hashable, Sendable {
        /// Mean loss of a token in nats.
        public var loss: Double
        public var perplexity: Double
        /// Share of tokens that were the likeliest.
        public var accuracy: Double
        public var tokens: Int
    }

    /// Weighted as in training.
    public var loss: Double
    public var modalities: [String: ModalityFigures]
    /// Share of image codes that were the likeliest, in frames that follow another in the window.
    public var nextFrameAccuracy: Double?
    /// Share of those codes that equal the code at the same place one frame before.
    public var copiedFrameAccuracy: Double?
    /// Mean loss of an action token, and the same with the images of another window in their place.
    public var actionLoss: Double?
    public var actionLossWithShuffledImages: Double?

    /// The category of image codes in a window's first frame, beside the modalities.
    private static let firstFrame = UInt8(Modality.allCases.count)

    /// Measures in windows that count every step once; leaves are divided among the ranks and added in their order.
    ///
    /// - Parameters:
    ///   - rows: windows of a leaf.
    ///   - seed: decides which images take whose place.
    public static func measure(
        _ model: Transformer, weights: FloatBuffer, on corpus: TokenCorpus, rows: Int, seed: UInt64, gang: any Gang
    ) throws -> HeldOutFigures {
        let table = try SampleTable(corpus, context: model.configuration.context, spacing: .disjoint)
        let builder = LeafBuilder(corpus: corpus, table: table)
        let windows = table.samples.indices.map { Window(table.samples[$0], corpus, limit: table.context + 1) }
        let groups = stride(from: 0, to: windows.count, by: rows).map { $0..<min($0 + rows, windows.count) }
        let partners = shuffled(windows.count, seed: seed)
        var plain = LeafReport()
        var shuffled = LeafReport()
        do {
            for group in GradientTree.run(of: gang.rank, among: gang.count, leaves: groups.count) {
                let rows = groups[group].map { windows[$0].row }
                plain.losses.append(try model.loss(of: builder.rows(rows), weights: weights))
                let strange = groups[group].map { windows[$0].row(withImagesOf: windows[partners[$0]]) }
                shuffled.losses.append(try model.loss(of: builder.rows(strange), weights: weights))
            }
        } catch {
            plain.failure = "held-out episodes: \(error)"
        }
        let total = try LeafReport.total(plain, gang)
        let strange = try LeafReport.total(shuffled, gang)
        let copies = windows.reduce(into: (same: 0, count: 0)) { sum, window in
            sum.same += window.copied.same
            sum.count += window.copied.count
        }
        return HeldOutFigures(total, strange, copies: copies)
    }

    private init(_ total: LeafLoss, _ strange: LeafLoss, copies: (same: Int, count: Int)) {
        var image = total[.image]
        let later = image
        if total.byModality.count > Int(Self.firstFrame) {
            let first = total.byModality[Int(Self.firstFrame)]
            image.sum += first.sum
            image.count += first.count
            image.correct += first.correct
        }
        loss = total.mean
        modalities = [:]
        for modality in Modality.allCases {
            let part = modality == .image ? image : total[modality]
            guard let mean = part.mean, let accuracy = part.accuracy else { continue }
            modalities[modality.name] = ModalityFigures(
                loss: mean, perplexity: ExactMath.exp(mean), accuracy: accuracy, tokens: part.count)
        }
        nextFrameAccuracy = later.accuracy
        copiedFrameAccuracy = copies.count > 0 ? Double(copies.same) / Double(copies.count) : nil
        actionLoss = total[.action].mean
        actionLossWithShuffledImages = image.count > 0 ? strange[.action].mean : nil
    }

    /// For each window another one, by a cycle through a keyed permutation.
    private static func shuffled(_ count: Int, seed: UInt64) -> [Int] {
        let order = KeyedPermutation(
            count: count, field: RandomField(seed: seed, purpose: RandomPurpose("evaluate.images")), epoch: 0)
        var partners = [Int](repeating: 0, count: count)
        for place in 0..<count { partners[order[place]] = order[(place + 1) % count] }
        return partners
    }

    /// One window, ready to be scored.
    private struct Window {
        let row: LeafBuilder.Row
        /// Places of image codes in the row, step by step.
        let images: [Int]
        /// Codes that equal the one at the same place a frame before, of all that have one before.
        let copied: (same: Int, count: Int)

        init(_ sample: Sample, _ corpus: TokenCorpus, limit: Int) {
            let document = corpus.documents[sample.document]
            let positions = sample.tokenPositions(in: document, limit: limit)
            let tokens = positions.map { document.tokens[$0] }
            var modalities = positions.map { document.modalities[$0] }
            // The header counts once an episode, in its first window.
            let scored = positions.map { $0 >= document.headerCount || (sample.firstStep == 0 && $0 > 0) }
            let image = Modality.image.rawValue
            let images = modalities.indices.filter { modalities[$0] == image }
            let firstEnd = sample.stepCount > 0 ? document.headerCount + document.stepRange(sample.firstStep).count : 0
            var same = 0
            var count = 0
            let perStep = images.filter { $0 < firstEnd }.count
            for (number, place) in images.enumerated() where number >= perStep && perStep > 0 {
                count += 1
                if tokens[place] == tokens[images[number - perStep]] { same += 1 }
            }
            for place in images where place < firstEnd { modalities[place] = HeldOutFigures.firstFrame }
            row = LeafBuilder.Row(
                tokens: tokens, weights: positions.map { Int32(document.weights[$0]) }, modalities: modalities,
                scored: scored)
            self.images = images
            copied = (same, count)
        }

        /// The row with another window's images, in which only actions are scored.
        func row(withImagesOf other: Window) -> LeafBuilder.Row {
            var strange = row
            guard !other.images.isEmpty else { return strange }
            for (number, place) in images.enumerated() {
                strange.tokens[place] = other.row.tokens[other.images[number % other.images.count]]
            }
            strange.scored = row.modalities.indices.map { row.modalities[$0] == Modality.action.rawValue }
            return strange
        }
    }
}
