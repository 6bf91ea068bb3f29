import CHDF5
import Synchronization

/// The one way into the C library: a lock for the whole process, and error stacks read before it is released.
enum HDF5Library {
    private static let lock = Mutex<Void>(())

    /// Runs `body` alone in the library.
    ///
    /// Not reentrant: only leaf calls go through here.
    static func locked<Result: Sendable>(_ body: () -> Result) -> Result {
        lock.withLock { _ in
            orc_h5_quiet()
            return body()
        }
    }

    /// Runs one call under the lock; a negative result becomes an error with the library's frames.
    ///
    /// - Parameters:
    ///   - code: what a failure of this call means.
    ///   - file: the file, for the message.
    ///   - object: the object in it.
    ///   - doing: a phrase such as `"cannot read the data"`.
    @discardableResult
    static func call<Result: SignedInteger & Sendable>(
        _ code: HDF5Error.Code, file: String, object: String, _ doing: @autoclosure () -> String,
        _ body: () -> Result
    ) throws(HDF5Error) -> Result {
        let (result, frames) = locked { () -> (Result, [String]) in
            let result = body()
            return (result, result < 0 ? currentFrames() : [])
        }
        guard result >= 0 else {
            throw HDF5Error(code, file: file, object: object, message: doing(), frames: frames)
        }
        return result
    }

    /// The error stack of this thread, innermost frame first.
    private static func currentFrames() -> [String] {
        let text = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 8192) { buffer -> String in
            guard let bytes = buffer.baseAddress else { return "" }
            unsafe orc_h5_frames(bytes, buffer.count)
            return unsafe String(cString: bytes)
        }
        return text.split(separator: "\n").map(String.init)
    }
}

/// Owns one identifier of the C library and gives it back when the last reference goes.
final class HDF5Handle: Sendable {
    let id: hid_t

    init(_ id: hid_t) { self.id = id }

    deinit {
        let id = id
        HDF5Library.locked { _ = H5Idec_ref(id) }
    }
}
