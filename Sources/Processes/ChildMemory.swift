import Synchronization

/// The largest resident memory of the children of this process that have ended, with those that they had waited for.
public enum ChildMemory {
    private static let most = Mutex(0)

    static func note(_ bytes: Int) { most.withLock { $0 = max($0, bytes) } }

    /// Bytes since this was last asked; 0 when no child has ended.
    public static func take() -> Int {
        most.withLock { most in
            defer { most = 0 }
            return most
        }
    }
}
