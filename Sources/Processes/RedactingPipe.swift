import Foundation
import Glibc

/// A pipe to a file in which secrets are blotted out, for the output of a program that knows them.
public final class RedactingPipe: @unchecked Sendable {
    /// What stands for a secret.
    public static let blot = Array("***".utf8)

    /// What the program writes to; closed by ``closeInput()``.
    public private(set) var input: Int32
    private let output: Int32
    private let file: Int32
    private let ended = DispatchSemaphore(value: 0)

    /// Begins to pass bytes on.
    ///
    /// - Parameters:
    ///   - file: stays open until ``finish()``.
    ///   - secrets: none of them empty.
    public init(to file: Int32, secrets: [String]) throws(ProcessError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw ProcessError(.notReadable, "cannot make a pipe: \(ProcessError.text(of: errno))")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (output, input) = (ends[0], ends[1])
        self.file = file
        let thread = Thread { [self] in
            pass(Redactor(secrets))
            ended.signal()
        }
        thread.start()
    }

    /// Called when the program has its own end.
    public func closeInput() {
        guard input >= 0 else { return }
        close(input)
        input = -1
    }

    /// Waits until all is written; not long for processes that outlived their program and hold the pipe.
    public func finish() {
        closeInput()
        let isDone = ended.wait(timeout: .now() + 2) == .success
        // The thread that still reads is left its own end.
        if isDone { close(output) }
    }

    private func pass(_ redactor: Redactor) {
        var redactor = redactor
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(output, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            write(redactor.pass(chunk[..<count]))
        }
        write(redactor.finish())
    }

    private func write(_ bytes: [UInt8]) {
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            // A full disk costs lines of a log, as it would without the pipe.
            guard count > 0 else { return }
            done += count
        }
    }
}

/// Replaces secrets in a stream of bytes, also those that arrive in pieces.
package struct Redactor {
    private let secrets: [[UInt8]]
    private var pending: [UInt8] = []

    /// - Parameter secrets: none of them empty.
    package init(_ secrets: [String]) {
        // The longest first: one secret may begin with another.
        self.secrets = secrets.map { Array($0.utf8) }.filter { !$0.isEmpty }.sorted { $0.count > $1.count }
    }

    /// What can be written now; the start of what may become a secret is kept.
    package mutating func pass(_ bytes: some Collection<UInt8>) -> [UInt8] {
        pending += bytes
        return take(keeping: true)
    }

    /// The rest.
    package mutating func finish() -> [UInt8] { take(keeping: false) }

    private mutating func take(keeping: Bool) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(pending.count)
        var place = 0
        while place < pending.count {
            let rest = pending[place...]
            // Also where a short secret stands complete, it may be the start of a longer one.
            if keeping, secrets.contains(where: { rest.count < $0.count && $0.starts(with: rest) }) { break }
            if let secret = secrets.first(where: { rest.starts(with: $0) }) {
                result += RedactingPipe.blot
                place += secret.count
            } else {
                result.append(pending[place])
                place += 1
            }
        }
        pending.removeFirst(place)
        return result
    }
}
