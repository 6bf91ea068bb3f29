import Foundation
import Ledger
import Observatory

/// Shows a run while it goes: moving lines on a terminal, one line per change elsewhere.
final class RunFollower {
    private let directory: RunDirectory
    private let isQuiet: Bool
    private let style: TerminalStyle
    private let moves: Bool
    private var states: [String: UnitState] = [:]
    private var toldNotices = 0
    private var drawnLines = 0
    private var nextLook = Date.distantPast
    private var lookSeconds = 0.3

    init(_ directory: RunDirectory, isQuiet: Bool) {
        self.directory = directory
        self.isQuiet = isQuiet
        moves = Narration.isInteractive
        style = TerminalStyle.suited(isTerminal: moves, environment: ProcessInfo.processInfo.environment)
    }

    /// Looks at the journal if it is time to, and shows what changed.
    func look(now: Date = Date()) {
        guard !isQuiet, now >= nextLook else { return }
        let started = Date()
        if let summary = try? RunJournal.summary(of: directory) { show(summary) }
        // Large runs take long to read: never more than a tenth of the time.
        lookSeconds = max(0.3, Date().timeIntervalSince(started) * 10)
        nextLook = Date(timeIntervalSinceNow: lookSeconds)
    }

    /// Shows the last changes and takes moving lines away.
    func finish() {
        guard !isQuiet else { return }
        if let summary = try? RunJournal.summary(of: directory) { showChanges(summary) }
        erase()
    }

    private func show(_ summary: RunSummary) {
        showChanges(summary)
        guard moves else { return }
        erase()
        var size = winsize()
        let width = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
        let now = Date().timeIntervalSince1970 - summary.started
        let lines = ProgressLines.render(
            summary, nowSeconds: now, end: ExpectedEnd.read(directory, atSeconds: now), width: width, style: style)
        for line in lines { Narration.line(line) }
        drawnLines = lines.count
    }

    /// Plain lines for what changed since the last look; on a terminal only for failures.
    private func showChanges(_ summary: RunSummary) {
        showNotices()
        var changed: [UnitOutcome] = []
        for unit in summary.units where unit.state != .pending && states[unit.name] != unit.state {
            states[unit.name] = unit.state
            changed.append(unit)
        }
        if moves { changed = changed.filter { $0.state == .failed } }
        guard !changed.isEmpty else { return }
        erase()
        let limit = 40
        for unit in changed.prefix(limit) { Narration.line(ProgressLines.event(unit)) }
        if changed.count > limit { Narration.line("… and \(changed.count - limit) more units") }
    }

    /// What the coordinator had to say since the last look.
    private func showNotices() {
        guard let notices = try? RunJournal.notices(of: directory, after: toldNotices), !notices.isEmpty else { return }
        toldNotices += notices.count
        erase()
        let limit = 40
        for notice in notices.prefix(limit) { Narration.line(notice) }
        if notices.count > limit { Narration.line("… and \(notices.count - limit) more of this kind") }
    }

    /// Takes moving lines away, for somebody else's line.
    func interrupt() { erase() }

    private func erase() {
        guard drawnLines > 0 else { return }
        Narration.write("\u{1B}[\(drawnLines)A\u{1B}[J")
        drawnLines = 0
    }
}
