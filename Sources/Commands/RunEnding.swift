import ArgumentParser
import Determinism
import DurableFiles
import Foundation
import Ledger
import Observatory

/// What is said and written when a run has ended.
struct RunEnding {
    let summary: RunSummary
    let directory: RunDirectory
    let options: GlobalOptions

    /// Writes the report, prints table and failures or the JSON object, and throws the exit code when it is not 0.
    func tell() throws {
        do {
            try RunReport.write(summary, in: directory)
        } catch {
            Narration.line("the report was not written: \(error)")
        }
        if !options.quiet, !options.json {
            Narration.line(RunTable.render(summary))
            for line in account?.lines ?? [] { Narration.line(line) }
            Narration.line("report: \(directory.report)")
        }
        tellFailures()
        if options.json { try JSONOutput.print(RunObject(summary, directory, account)) }
        let isTerminated = summary.status == .interrupted && EndSignals.isTerminated
        let code = isTerminated ? 128 + SIGTERM : Self.exitCode(summary)
        if summary.status == .interrupted, !options.quiet {
            Narration.line("stopped; submit the recipe again to go on from here")
        }
        if code != 0 { throw ArgumentParser.ExitCode(code) }
    }

    /// What was spent beside what was expected; `nil` when the journal cannot be read.
    private var account: RunAccount? { RunAccount.read(summary, in: directory) }

    /// Says of every failed unit what is known, also when only errors are wanted.
    func tellFailures() {
        for unit in summary.units where unit.state == .failed { Narration.line(failure(unit)) }
    }

    /// As ``exitCode(_:)-(RunStatus)``; 2 when two attempts of a unit made different things.
    static func exitCode(_ summary: RunSummary) -> Int32 {
        let isContradicted = summary.units.contains { $0.cause?.hasPrefix(UnitOutcome.contradiction) ?? false }
        return isContradicted ? Determinism.ExitCode.differs : exitCode(summary.status)
    }

    /// 0 done, 1 failed, 85 stopped in order, 130 cancelled.
    static func exitCode(_ status: RunStatus) -> Int32 {
        switch status {
        case .done: 0
        case .failed: Determinism.ExitCode.unitFailed
        case .interrupted, .running: Determinism.ExitCode.requeue
        case .cancelled: 130
        }
    }

    /// Unit, cause, attempt, last lines, the kept work folder and what to type next.
    private func failure(_ unit: UnitOutcome) -> String {
        var lines = ["", "FAILED \(unit.name), attempt \(unit.attempt): \(unit.cause ?? "no cause was told")"]
        let logs = ["out", "err"].map { directory.logPath(unit.name, attempt: unit.attempt, stream: $0) }
        let tail = logs.flatMap { path in
            let text = (try? DurableFiles.read(path)).map { String(decoding: $0, as: UTF8.self) } ?? ""
            return text.split(separator: "\n").suffix(20).map { "  | " + $0 }
        }
        lines += tail.suffix(20)
        let work = directory.workDirectory(unit.name, attempt: unit.attempt)
        if DurableFiles.exists(work) { lines.append("  work folder: \(work)") }
        let next = NextCommand(options: options)
        lines += [
            "  " + next.line("logs", summary.run, unit.name),
            "  " + next.line("explain", unit.name, "--run", summary.run),
        ]
        return lines.joined(separator: "\n")
    }
}

/// The JSON object with which `submit` and `run` end.
struct RunObject: Encodable {
    struct Unit: Encodable {
        let name: String
        let kind: String
        let key: String
        let state: String
        /// How many ranks ran it; 0 when none did.
        let ranks: Int
        /// Which they were.
        let rankList: [Int]
        let attempt: Int
        let seconds: Double?
        let predictedSeconds: Double?
        let cause: String?
        let figures: [String: Double]
        let outputs: [Output]
    }

    struct Output: Encodable {
        let name: String
        let digest: String
        let path: String
        let bytes: Int
    }

    let schema = 1
    let run: String
    let recipe: String
    let status: String
    let ranks: Int
    let report: String
    /// What was spent beside what was expected.
    let account: RunAccount?
    let units: [Unit]

    init(_ summary: RunSummary, _ directory: RunDirectory, _ account: RunAccount?) {
        self.account = account
        let store = try? ArtifactStore(directory.layout.root)
        run = summary.run
        recipe = summary.recipe
        status = summary.status.rawValue
        ranks = summary.rankCount
        report = directory.report
        units = summary.units.map { unit in
            Unit(
                name: unit.name, kind: unit.kind, key: unit.key.hexDigits, state: Self.word(unit.state),
                ranks: unit.ranks.count, rankList: unit.ranks, attempt: unit.attempt, seconds: unit.seconds,
                predictedSeconds: unit.predictedSeconds, cause: unit.cause, figures: unit.figures,
                outputs: unit.outputs.map { output in
                    // Small outputs have no file before somebody wants one: a program that reads this does.
                    let path = store.flatMap { store in
                        store.lookup(unit.key).flatMap { try? store.outputPath($0, output.name) }
                    }
                    return Output(
                        name: output.name, digest: output.digest.hexDigits, path: path ?? output.path,
                        bytes: output.bytes)
                })
        }
    }

    /// A unit that did not come to run because the run ended was skipped, as far as programs are concerned.
    private static func word(_ state: UnitState) -> String {
        switch state {
        case .ran: "ran"
        case .reused: "reused"
        case .failed: "failed"
        case .skipped, .pending, .running: "skipped"
        }
    }
}
