import Execution
import Foundation
import Launch
import Ledger
import Processes
import Synchronization
import TestSupport
import Testing

/// Runs probe graphs under a supervisor and kills what it looks after.
@Suite("Supervisor", .serialized, .enabled(if: Programs.hasMPI, "mpirun is not installed"))
struct SupervisorTests {
    private func directory(_ store: String) throws -> RunDirectory {
        try RunDirectory.create(
            RunRecord(
                name: "probe", recipe: "probe", recipePath: "", parameters: [:], seed: 1,
                started: Date().timeIntervalSince1970), in: StoreLayout(store))
    }

    private func supervisor(
        _ directory: RunDirectory, _ scenario: String, _ count: Int, ranks: Int,
        hangSeconds: Double = LaunchRequest.defaultHangSeconds
    ) -> Supervisor {
        Supervisor(
            directory, rankCount: ranks, executable: Programs.path("RunProbe"),
            rankArguments: [directory.layout.root, directory.name, scenario, "\(count)"], hangSeconds: hangSeconds)
    }

    /// The rank processes of the job that this test's supervisor started.
    private func ranks(of directory: RunDirectory) -> [Int32] {
        ProcessTable.processes(marked: RankProcess.jobVariable) { $0.hasSuffix("|\(directory.layout.root)") }
            .filter { id in
                let name = (try? String(contentsOfFile: "/proc/\(id)/comm", encoding: .utf8)) ?? ""
                return name.hasPrefix("RunProbe")
            }
    }

    @Test("ranks that die are started again, and nothing that is committed runs twice", arguments: [0, 1])
    func death(of victim: Int) throws {
        let folder = try TemporaryDirectory()
        let directory = try directory(folder.path)
        var killed = 0
        var lastKill = Date()
        let summary = try supervisor(directory, "count", 6, ranks: 2).run(signals: { 0 }) {
            guard killed < 2, Date().timeIntervalSince(lastKill) > 1.2 else { return }
            let processes = ranks(of: directory)
            guard processes.count == 2 else { return }
            kill(processes[victim], SIGKILL)
            killed += 1
            lastKill = Date()
        }
        #expect(killed > 0)
        // The journal may lag behind the store: a unit that was committed just before the death counts as reused.
        #expect(summary.status == .done && summary.count(.ran) + summary.count(.reused) == 6, "\(summary)")
        let attempts = try RunJournal.attempts(of: directory)
        for unit in summary.units {
            let done = attempts.filter { $0.unit == unit.name && $0.outcome == "ran" }.count
            #expect(done <= 1, "\(unit.name) was committed \(done) times")
        }
        #expect(ranks(of: directory).isEmpty)
        let leftovers = try FileManager.default.contentsOfDirectory(atPath: "/tmp")
            .filter { $0.hasPrefix("orc-\(getpid())-") }
        #expect(leftovers.isEmpty)
    }

    @Test("ranks that hang are ended and started again", arguments: [(2, 1), (1, 0)])
    func hang(ranks count: Int, victim: Int) throws {
        let folder = try TemporaryDirectory()
        let directory = try directory(folder.path)
        var stopped: Int32?
        let summary = try supervisor(directory, "count", 4, ranks: count, hangSeconds: 4).run(signals: { 0 }) {
            let pulses = RankPulse.all(in: directory)
            guard stopped == nil, pulses.count == count, pulses.allSatisfy({ !$0.isLeaving }) else { return }
            let processes = ranks(of: directory)
            guard processes.count == count else { return }
            kill(processes[victim], SIGSTOP)
            stopped = processes[victim]
        }
        #expect(stopped != nil && ranks(of: directory).isEmpty)
        #expect(summary.status == .done && summary.count(.ran) + summary.count(.reused) == 4, "\(summary)")
        let faults = FaultRecords(directory).all()
        #expect(faults.count == 1 && faults[0].cause.contains("no sign of life"), "\(faults)")
        #expect(faults.first?.host?.isEmpty == false)
    }

    @Test func `a unit that does not answer after its time limit costs its rank, and runs again`() throws {
        let folder = try TemporaryDirectory()
        let directory = try directory(folder.path)
        let summary = try supervisor(directory, "stuck", 0, ranks: 2, hangSeconds: 3).run(signals: { 0 }, observe: {})
        #expect(summary.status == .done, "\(summary)")
        let faults = FaultRecords(directory).all()
        #expect(faults.count == 1 && faults[0].cause.hasPrefix("'stuck/0' did not end"), "\(faults)")
        let attempts = try RunJournal.attempts(of: directory).filter { $0.unit == "stuck/0" }
        #expect(attempts.count == 2 && attempts.last?.outcome == "ran", "\(attempts)")
    }

    @Test func `a launcher that hangs after the last unit does not keep the run`() throws {
        let folder = try TemporaryDirectory()
        let directory = try directory(folder.path)
        var launcher: Int32?
        let summary = try supervisor(directory, "count", 2, ranks: 2, hangSeconds: 4).run(signals: { 0 }) {
            guard launcher == nil, RankPulse.all(in: directory).count == 2 else { return }
            launcher = ProcessTable.processes(marked: RankProcess.jobVariable) {
                $0.hasSuffix("|\(directory.layout.root)")
            }
            .first { ProcessTable.program(of: $0) == "mpirun" }
            if let launcher { kill(launcher, SIGSTOP) }
        }
        #expect(launcher != nil)
        #expect(summary.status == .done && summary.count(.ran) == 2, "\(summary)")
    }

    @Test func `a unit that ends its rank again and again is failed with what ended it, and the rest is done`() throws {
        let folder = try TemporaryDirectory()
        let directory = try directory(folder.path)
        let summary = try supervisor(directory, "trouble", 9, ranks: 2).run(signals: { 0 }, observe: {})
        #expect(summary.status == .failed)
        let trouble = try #require(summary.units.first { $0.name == "trouble/2" })
        #expect(trouble.state == .failed)
        #expect(trouble.cause?.contains("signal 9") ?? false, "\(trouble.cause ?? "")")
        #expect(summary.units.first { $0.name == "noop/4" }?.state.isFinal ?? false)
    }

    @Test func `one signal stops in order, and the next start goes on from the checkpoint`() throws {
        let folder = try TemporaryDirectory()
        let directory = try directory(folder.path)
        let start = Date()
        let stopped = try supervisor(directory, "count", 1, ranks: 1).run(
            signals: { Date().timeIntervalSince(start) > 0.8 ? 1 : 0 }, observe: {})
        #expect(stopped.status == .interrupted || stopped.status == .done, "\(stopped.status)")
        guard stopped.status == .interrupted else { return }
        let steps = try #require(stopped.units[0].progress?.completed)
        let done = try supervisor(directory, "count", 1, ranks: 1).run(signals: { 0 }, observe: {})
        #expect(done.status == .done)
        let log = (2...3).compactMap {
            try? String(contentsOfFile: directory.logPath("count/0", attempt: $0), encoding: .utf8)
        }
        #expect(log.contains { $0.contains("starts at") && !$0.contains("starts at 0") }, "\(log), stopped at \(steps)")
    }
}
