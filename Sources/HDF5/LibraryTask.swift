import CHDF5
import Foundation

/// A task of the C library that answers in bytes.
enum LibraryTask {
    enum Answer {
        case bytes([UInt8])
        /// The child was ended by a signal.
        case ended(Int32)
        /// No child could be made, or its memory did not suffice.
        case noChild
    }

    /// Runs `task`, alone in the library.
    ///
    /// - Parameters:
    ///   - apart: whether in a child process, which may end or run away.
    ///   - seconds: processor time after which a child is ended.
    static func run(
        _ task: orc_task, _ context: UnsafeRawPointer, apart: Bool, seconds: UInt32
    ) -> Answer {
        HDF5Library.locked { () -> Answer in
            var out = unsafe orc_bytes()
            defer { unsafe free(out.bytes) }
            let context = unsafe UnsafeMutableRawPointer(mutating: context)
            if apart {
                let outcome = unsafe orc_apart(seconds, task, context, &out)
                guard outcome == 0 else { return outcome > 0 ? .ended(outcome) : .noChild }
            } else {
                unsafe task(context, &out)
                if unsafe out.failed != 0 { return .noChild }
            }
            guard let bytes = unsafe out.bytes else { return .bytes([]) }
            return unsafe .bytes(Array(UnsafeBufferPointer(start: bytes, count: out.used)))
        }
    }
}
