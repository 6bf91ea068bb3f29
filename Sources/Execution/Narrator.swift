import Glibc

/// Lines for a person on the standard error this process was started with, also while units have it redirected.
struct Narrator: Sendable {
    private let descriptor: Int32

    init() { descriptor = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3) }

    func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }
}
