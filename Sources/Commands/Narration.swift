import Foundation

/// What is told to a person: always on standard error, so that standard output stays data.
enum Narration {
    /// One line.
    static func line(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }

    /// An error, with its prefix.
    static func error(_ text: String) {
        line("error: " + text)
    }

    /// Whether standard error is a terminal that wants colours and moving lines.
    static var isInteractive: Bool {
        isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
            && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }
}
