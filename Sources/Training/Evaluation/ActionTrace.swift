import Tokenization

// T steps, D action dimensions.

/// The demonstrated actions of an episode beside those a policy chose, in their own units; the report draws them.
public struct ActionTrace: Codable, Hashable, Sendable {
    public var episode: String
    /// Names, `[D]`.
    public var dimensions: [String]
    /// `[T][D]`.
    public var recorded: [[Double]]
    /// `[T][D]`.
    public var predicted: [[Double]]

    /// - Parameter next: gives the chosen values, step after step.
    init(_ document: TokenDocument, dimensions: [String], next: () -> Double) {
        // Six decimals are finer than any bin and keep the file small.
        func rounded(_ value: Double) -> Double { (value * 1e6).rounded() / 1e6 }
        episode = document.id
        self.dimensions = dimensions
        recorded = document.actionRows.map { $0.map { rounded(Double($0)) } }
        predicted = recorded.map { $0.map { _ in rounded(next()) } }
    }
}

extension Array {
    /// Rows of `width` elements.
    package func rows(of width: Int) -> [[Element]] {
        stride(from: 0, to: count, by: Swift.max(1, width)).map { Array(self[$0..<Swift.min(count, $0 + width)]) }
    }
}
