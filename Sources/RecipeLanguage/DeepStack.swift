import Foundation
import Synchronization

/// Runs work on a thread with a deep stack.
///
/// The parser recurses on what it reads, in places without a limit of its own (`canParseStartOfInlineArrayTypeBody` of
/// swift-syntax 603 on nested brackets), and a test's or a task's thread may have a small stack.
enum DeepStack {
    static let bytes = 256 << 20

    private final class Slot<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)
        let done = DispatchSemaphore(value: 0)
    }

    /// The result of `work`, or `nil` when no thread could be had.
    static func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) -> Value? {
        let slot = Slot<Value>()
        let thread = Thread {
            let value = work()
            slot.value.withLock { $0 = value }
            slot.done.signal()
        }
        thread.stackSize = bytes
        thread.start()
        slot.done.wait()
        return slot.value.withLock { $0 }
    }
}
