import CKernels

/// Threads that compute parts of one operation together; the calling thread is one of them.
///
/// Parts write disjoint outputs and every output element is computed whole by one thread, so the number of threads is no part of
/// the bits. Between operations the threads look for work for some tens of microseconds, then they sleep.
///
/// Safety: the C team is made and ended once; one thread at a time uses it, as with everything that holds scratch memory.
@safe final class ThreadTeam: @unchecked Sendable {
    let count: Int
    private let team: OpaquePointer

    private typealias Body = (Int) -> Void

    /// - Throws: ``KernelError`` when the system gives no more threads.
    init(_ count: Int) throws {
        precondition(count > 0, "a team of \(count) threads")
        guard let made = unsafe orc_team_make(Int32(count)) else { throw KernelError.noThreads(count) }
        self.count = count
        unsafe team = made
    }

    deinit { unsafe orc_team_end(team) }

    /// Calls `body` with every part `0..<count` at once; returns when all are done.
    func run(_ body: (Int) -> Void) {
        withoutActuallyEscaping(body) { body in
            var body: Body = body
            unsafe withUnsafeMutablePointer(to: &body) { pointer in
                unsafe orc_team_run(
                    team,
                    { context, part in
                        guard let context = unsafe context else { return }
                        unsafe context.assumingMemoryBound(to: Body.self).pointee(Int(part))
                    }, pointer)
            }
        }
    }
}

extension Kernels {
    /// Runs `body` over parts of `0..<count` that begin at multiples of `grain`, on all threads, or at once when there is less to do
    /// than `least` for each thread.
    func split(_ count: Int, grain: Int = 1, least: Int = 1, _ body: (Range<Int>) -> Void) {
        splitNumbered(count, grain: grain, least: least) { _, range in body(range) }
    }

    /// The same with the number of the part, which is below ``threads``.
    func splitNumbered(
        _ count: Int, grain: Int = 1, least: Int = 1, parts: Int = .max, _ body: (Int, Range<Int>) -> Void
    ) {
        let units = (count + grain - 1) / grain
        let parts = min(threads, parts, units, max(1, count / max(1, least)))
        guard let team, parts > 1 else { return body(0, 0..<count) }
        team.run { part in
            guard part < parts else { return }
            let first = min(count, units * part / parts * grain)
            body(part, first..<min(count, units * (part + 1) / parts * grain))
        }
    }
}
