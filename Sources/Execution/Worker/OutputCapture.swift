import DurableFiles
import Glibc
import Foundation

/// Sends what this process prints to a file of its rank, and hands each unit its share.
///
/// Redirecting per unit would cost four system calls each; one redirection and the file's growth say the same.
final class OutputCapture {
    private struct Stream {
        /// 1 or 2.
        let descriptor: Int32
        let path: String
        /// Where the descriptor led before.
        let original: Int32
        var position: Int
    }

    private var streams: [Stream] = []

    /// Redirects standard output and error to `<prefix>.out` and `<prefix>.err`.
    init(prefix: String) throws {
        for (descriptor, suffix) in [(STDOUT_FILENO, "out"), (STDERR_FILENO, "err")] {
            let path = "\(prefix).\(suffix)"
            let file = open(path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0o600)
            guard file >= 0 else { throw DurableFilesError(operation: "open", path: path, errorNumber: errno) }
            fflush(nil)
            let original = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
            dup2(file, descriptor)
            close(file)
            streams.append(
                Stream(descriptor: descriptor, path: path, original: original, position: Self.size(descriptor)))
        }
    }

    /// Lets prints go where they went before.
    func restore() {
        fflush(nil)
        for stream in streams where stream.original >= 0 {
            dup2(stream.original, stream.descriptor)
            close(stream.original)
        }
        streams = []
    }

    /// Appends what was printed since the last call to the unit's logs.
    ///
    /// - Parameter logPath: the log for `out` or `err`.
    func collect(_ logPath: (String) -> String) {
        fflush(nil)
        for index in streams.indices {
            let end = Self.size(streams[index].descriptor)
            guard end > streams[index].position else { continue }
            let suffix = streams[index].descriptor == STDOUT_FILENO ? "out" : "err"
            if let file = try? ReadableFile(streams[index].path),
                let bytes = try? file.read(at: streams[index].position, count: end - streams[index].position)
            {
                UnitLog.append(bytes, to: logPath(suffix))
            }
            streams[index].position = end
        }
    }

    private static func size(_ descriptor: Int32) -> Int {
        var facts = stat()
        return fstat(descriptor, &facts) == 0 ? Int(facts.st_size) : 0
    }
}

/// Lines of one attempt's log file.
enum UnitLog {
    /// Adds bytes to a log.
    ///
    /// A log that cannot be written loses lines and nothing else.
    static func append(_ bytes: [UInt8], to path: String) {
        let file = open(path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        _ = bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
    }

    /// The last lines of a log; empty when there is none.
    static func tail(_ path: String, lines: Int) -> [String] {
        guard let file = try? ReadableFile(path) else { return [] }
        let start = max(0, file.size - 65536)
        guard let bytes = try? file.read(at: start, count: file.size - start) else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").suffix(lines).map(String.init)
    }
}
