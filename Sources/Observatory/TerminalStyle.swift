import Ledger

/// Whether colours and moving lines are welcome.
public enum TerminalStyle: Hashable, Sendable {
    /// Text only: pipes, files, `NO_COLOR`, dumb terminals.
    case plain
    /// ANSI colours.
    case colored

    /// What suits an output.
    ///
    /// - Parameters:
    ///   - isTerminal: whether it is a terminal.
    ///   - environment: `NO_COLOR` (any text but the empty one, see no-color.org) and `TERM` are looked at.
    public static func suited(isTerminal: Bool, environment: [String: String]) -> TerminalStyle {
        guard isTerminal, environment["NO_COLOR", default: ""].isEmpty, environment["TERM"] != "dumb" else {
            return .plain
        }
        return .colored
    }

    func bold(_ text: String) -> String { self == .plain ? text : "\u{1B}[1m\(text)\u{1B}[0m" }

    func faint(_ text: String) -> String { self == .plain ? text : "\u{1B}[2m\(text)\u{1B}[0m" }

    func paint(_ text: String, as state: UnitState) -> String {
        guard self == .colored else { return text }
        let code =
            switch state {
            case .ran: "32"
            case .reused: "36"
            case .failed: "31"
            case .skipped: "33"
            case .running: "34"
            case .pending: "2"
            }
        return "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }
}
