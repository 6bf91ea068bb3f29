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
        recorded = document.stepStarts.indices.map { document.action($0).map { rounded(Double($0)) } }
        predicted = document.stepStarts.indices.map { _ in dimensions.map { _ in rounded(next()) } }
    }
}
