import Glibc
import Synchronization

extension DurableFiles {
    private static let interceptorCount = Atomic<Int>(0)
    private static let interceptors = Mutex<[pthread_t: @Sendable (Step, String) throws -> Void]>([:])

    /// Runs `body` with `interceptor` called before every step that this thread makes; an error it throws stands for a failure
    /// or crash at that point.
    ///
    /// For tests. Does not nest.
    public static func intercepting<Result>(
        _ interceptor: @escaping @Sendable (Step, String) throws -> Void, _ body: () throws -> Result
    ) rethrows -> Result {
        let thread = pthread_self()
        interceptors.withLock { $0[thread] = interceptor }
        interceptorCount.add(1, ordering: .relaxed)
        defer {
            interceptorCount.subtract(1, ordering: .relaxed)
            interceptors.withLock { $0[thread] = nil }
        }
        return try body()
    }

    /// What ``intercepting(_:_:)`` has set on this thread, so that a thread which works for it can pass by the same.
    public static var interceptor: (@Sendable (Step, String) throws -> Void)? {
        guard interceptorCount.load(ordering: .relaxed) > 0 else { return nil }
        return interceptors.withLock { $0[pthread_self()] }
    }

    /// Calls `interceptor` before every step of every thread from now on, as long as this process lives.
    ///
    /// For programs of tests that stop between two steps.
    public static func interceptEverywhere(_ interceptor: @escaping @Sendable (Step, String) throws -> Void) {
        everywhere.withLock { $0 = interceptor }
        interceptorCount.add(1, ordering: .relaxed)
    }

    private static let everywhere = Mutex<(@Sendable (Step, String) throws -> Void)?>(nil)

    static func pass(_ step: Step, _ path: String) throws {
        guard interceptorCount.load(ordering: .relaxed) > 0 else { return }
        try everywhere.withLock { $0 }?(step, path)
        if let interceptor { try interceptor(step, path) }
    }
}
