public import Tokenization

/// A window of a document: its header and whole consecutive steps.
public struct Sample: Hashable, Sendable {
    /// Position of the document in its corpus.
    public let document: Int
    public let firstStep: Int
    public let stepCount: Int

    public init(document: Int, firstStep: Int, stepCount: Int) {
        self.document = document
        self.firstStep = firstStep
        self.stepCount = stepCount
    }

    /// Positions in the document of the sample's tokens: the header, then the steps and, behind the last one, `eos`.
    ///
    /// - Parameter limit: at most so many tokens; a closing `eos` that does not fit is left out.
    public func tokenPositions(in document: TokenDocument, limit: Int) -> [Int] {
        guard stepCount > 0 else { return Array(0..<min(document.tokens.count, limit)) }
        let last = firstStep + stepCount - 1
        var end = document.stepRange(last).upperBound
        let start = document.stepStarts[firstStep]
        if last == document.stepStarts.count - 1 {
            end = min(document.tokens.count, start + limit - document.headerCount)
        }
        return Array(0..<document.headerCount) + Array(start..<end)
    }
}
