/// Books the wall time of one thread: each moment to one part, so that the parts add up to the whole.
///
/// Safety: one thread enters and leaves, as with everything that computes a training.
public final class TimeBook: @unchecked Sendable {
    /// What time goes to.
    public enum Part: Int, CaseIterable, Sendable {
        case matmul, attention
        /// What a leaf takes beside its products and attention: norms, activations, losses, embeddings, copies, partial sums.
        case elementwise
        /// Moving gradients and weights between ranks, with the additions that finish the tree.
        case exchange
        case optimizer
        /// Choosing samples and cutting leaves from them.
        case data
        case checkpoint
        /// Waiting until all ranks have computed their leaves.
        case idle
        case other
    }

    private var seconds = [Double](repeating: 0, count: Part.allCases.count)
    /// What time is booked to now.
    public private(set) var part = Part.other
    private let clock = ContinuousClock()
    private var since: ContinuousClock.Instant

    /// A book whose time begins now.
    public init() { since = clock.now }

    /// From now on time is booked to `part`.
    ///
    /// - Returns: what it was booked to before.
    @discardableResult
    public func enter(_ part: Part) -> Part {
        let now = clock.now
        seconds[self.part.rawValue] += (now - since) / .seconds(1)
        since = now
        defer { self.part = part }
        return self.part
    }

    /// Books the time of `body` to `part`.
    public func time<Result>(_ part: Part, _ body: () throws -> Result) rethrows -> Result {
        let before = enter(part)
        defer { enter(before) }
        return try body()
    }

    /// Seconds by part until now, in the order of ``Part``.
    public var booked: [Double] {
        enter(part)
        return seconds
    }
}

extension Kernels {
    /// Books a kernel's time to `part` where it is a piece of a leaf; what else calls kernels keeps its own time.
    ///
    /// - Returns: what ``endBooking(_:)`` needs; `nil` when nobody keeps a book.
    func beginBooking(_ part: TimeBook.Part) -> TimeBook.Part? {
        guard let book, book.part == .elementwise else { return nil }
        return book.enter(part)
    }

    func endBooking(_ before: TimeBook.Part?) {
        if let before { book?.enter(before) }
    }
}
