import Tokenization

/// Every sample that a corpus holds for a context: one for each step that a window can start at.
///
/// A window takes as many whole steps as fit behind the header into context + 1 tokens (inputs and targets are shifted
/// by one). A start whose window would end where the previous start's ended already makes no further sample.
public struct SampleTable: Sendable {
    /// Tokens that a model sees at once.
    public let context: Int
    public let samples: [Sample]

    /// Which steps a window starts at.
    public enum Spacing: Sendable {
        /// Every step: what training draws from.
        case everyStep
        /// The first step that the window before did not hold: every step counts once.
        case disjoint
    }

    /// Cuts a corpus.
    ///
    /// - Throws: ``TrainingError`` when there are no documents or one step does not fit into the context.
    public init(_ corpus: TokenCorpus, context: Int, spacing: Spacing = .everyStep) throws {
        self.context = context
        var samples: [Sample] = []
        for (number, document) in corpus.documents.enumerated() {
            var reachedEnd = false
            var last = 0
            for first in document.stepStarts.indices where !reachedEnd && (spacing == .everyStep || first >= last) {
                last = max(last, first)
                while last < document.stepStarts.count, Self.fits(first, last, of: document, context: context) {
                    last += 1
                }
                guard last > first else {
                    let needed = document.headerCount + document.stepRange(first).count - 1
                    throw TrainingError(
                        .unusableData,
                        "episode '\(document.id)' has a header of \(document.headerCount) and a step of \(document.stepRange(first).count) tokens, which do not fit into a context of \(context). Use context: \(needed) or more, or fewer tokens a frame."
                    )
                }
                samples.append(Sample(document: number, firstStep: first, stepCount: last - first))
                reachedEnd = last == document.stepStarts.count
            }
        }
        guard !samples.isEmpty else {
            throw TrainingError(.unusableData, "there are no episodes to train on; check the split and the screening")
        }
        self.samples = samples
    }

    /// The samples of each source of a mixture.
    ///
    /// - Throws: ``TrainingError`` when a source has none.
    func samples(of mixture: Mixture) throws -> [Range<Int>] {
        var (first, end) = (0, 0)
        return try mixture.sources.map { source in
            end += source.documents
            let count = samples[first...].prefix { $0.document < end }.count
            guard count > 0 else {
                throw TrainingError(
                    .unusableData,
                    "there are no episodes to train on in '\(source.name)' of the mixture; check its split and screening"
                )
            }
            defer { first += count }
            return first..<first + count
        }
    }

    private static func fits(_ first: Int, _ last: Int, of document: TokenDocument, context: Int) -> Bool {
        document.headerCount + document.stepRange(last).upperBound - document.stepStarts[first] <= context + 1
    }
}
