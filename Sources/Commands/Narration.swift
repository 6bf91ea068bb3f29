import Foundation

/// What is told to a person: always on standard error, so that standard output stays data.
package enum Narration {
    /// The standard error this process was started with: while units run, descriptor 2 leads to their log.
    private static let output = FileHandle(
        fileDescriptor: fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3), closeOnDealloc: false)

    /// Holds on to standard error before anything redirects it.
    static func hold() { _ = output }

    /// One line.
    static func line(_ text: String) { write(text + "\n") }

    /// Text as it is, such as what moves a cursor.
    static func write(_ text: String) { output.write(Data(text.utf8)) }

    /// An error, with its prefix.
    static func error(_ text: String) {
        line("error: " + text)
    }

    /// Whether standard error is a terminal on which lines can move; colours are ``TerminalStyle``'s to decide.
    static var isInteractive: Bool {
        moves(isTerminal: isatty(output.fileDescriptor) == 1, environment: ProcessInfo.processInfo.environment)
    }

    /// A terminal moves its cursor unless it says that it is a dumb one; `NO_COLOR` is about colours alone (no-color.org).
    package static func moves(isTerminal: Bool, environment: [String: String]) -> Bool {
        isTerminal && environment["TERM"] != "dumb"
    }
}
