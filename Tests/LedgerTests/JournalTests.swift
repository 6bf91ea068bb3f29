import Determinism
import DurableFiles
import Foundation
import Ledger
import Synchronization
import TestSupport
import Testing
import WorkGraph

@Suite("Run journal")
struct JournalTests {
    private let units = (0..<4).map {
        UnitOutcome(
            name: "unit/\($0)[rate=0.\($0)]", kind: "Noop", key: Sample.unit($0).key, predictedSeconds: Double($0),
            reason: "never run", parents: $0 > 0 ? [Sample.unit($0 - 1).key] : [])
    }

    private func summary(_ name: String) -> RunSummary {
        RunSummary(
            run: name, recipe: "sample", recipePath: "/r.swift", status: .running, started: 1000,
            parameters: ["steps": "12"],
            seed: .max, rankCount: 3)
    }

    private func directory(_ root: TemporaryDirectory) throws -> RunDirectory {
        let record = RunRecord(
            name: "", recipe: "sample", recipePath: "/r.swift", parameters: [:], seed: 1, started: 1000)
        return try RunDirectory.create(record, in: StoreLayout(root.path))
    }

    @Test func `notices are read in order, each once, also when the run is taken up again`() throws {
        let root = try TemporaryDirectory()
        let directory = try directory(root)
        for session in 1...2 {
            let journal = try RunJournal(directory.journal, run: summary(directory.name), fence: session, host: "h")
            try journal.append([
                .notice("a\(session)", atSeconds: 1), .status(.running, atSeconds: 1),
                .notice("b\(session)", atSeconds: 2),
            ])
            try journal.close()
        }
        #expect(try RunJournal.notices(of: directory) == ["a1", "b1", "a2", "b2"])
        #expect(try RunJournal.notices(of: directory, after: 3) == ["b2"])
        #expect(try RunJournal.notices(of: directory, after: 4) == [])
    }

    @Test func `a journal is closed while others read it`() throws {
        let root = try TemporaryDirectory()
        let directory = try directory(root)
        let isOver = Mutex(false)
        let reader = Thread {
            while !isOver.withLock({ $0 }) { _ = try? RunJournal.summary(of: directory) }
        }
        reader.start()
        defer { isOver.withLock { $0 = true } }
        for session in 1...20 {
            let journal = try RunJournal(directory.journal, run: summary(directory.name), fence: session, host: "h")
            try journal.append([.notice("\(session)", atSeconds: 1)])
            try journal.close()
        }
        #expect(try RunJournal.notices(of: directory).count == 20)
    }

    @Test func `everything written is read back`() throws {
        let root = try TemporaryDirectory()
        let directory = try directory(root)
        let live = try directory.lockLive()
        let journal = try RunJournal(directory.journal, run: summary(directory.name), fence: 5, host: "h")
        let output = StoredOutput(name: "out", digest: Digest(of: "x"), bytes: 1, isFolder: false, files: [])
        try journal.append([
            .units(units), .started(0, attempt: 1, ranks: [2], atSeconds: 0.5),
            .reused(1, reason: "stored", atSeconds: 0.25),
            .ended(0, state: .pending, atSeconds: 0.75, cause: "signal 9"),
            .started(0, attempt: 2, ranks: [0, 1, 2], atSeconds: 1),
            .progress(0, UnitProgress(completed: 1, total: 9, figures: ["loss": 2], atSeconds: 1.5)),
            .progress(0, UnitProgress(completed: 2, total: 9, figures: ["loss": .nan], atSeconds: 2)),
        ])
        let during = try RunJournal.summary(of: directory)
        #expect(during.status == .running && during.units[0].state == .running && during.finished == nil)
        #expect(during.units[0].progress?.completed == 2)
        try journal.append([
            .ended(0, state: .ran, atSeconds: 3, cause: nil), .outputs(0, [output], key: Sample.unit(0).key),
            .figure(0, name: "loss", value: 1.25), .ran(2, attempt: 1, ranks: [1], startSeconds: 3, endSeconds: 3.5),
            .skipped(3, cause: "unit/2 failed"), .status(.failed, atSeconds: 4),
        ])
        try journal.close()
        #expect(
            try DurableFiles.entries(of: directory.path).map(\.name).filter { $0.hasPrefix("run.sqlite") } == [
                "run.sqlite"
            ])
        let result = try RunJournal.summary(of: directory)
        #expect(
            result.run == directory.name && result.seed == .max && result.parameters == ["steps": "12"]
                && result.rankCount == 3)
        #expect(result.status == .failed && result.finished == 1004)
        #expect(result.units.map(\.state) == [.ran, .reused, .ran, .skipped])
        #expect(result.units.map(\.name) == units.map(\.name) && result.units.map(\.key) == units.map(\.key))
        #expect(result.units[0].attempt == 2 && result.units[0].ranks == [0, 1, 2] && result.units[0].seconds == 2)
        #expect(result.units[0].outputs.map(\.digest) == [output.digest] && result.figures == ["loss": 1.25])
        #expect(result.units[1].reason == "stored" && result.units[2].reason == "never run")
        #expect(result.units[3].cause == "unit/2 failed" && result.units[3].parents == [Sample.unit(2).key])
        #expect(try RunJournal.attempts(of: directory).map(\.outcome) == ["pending", "ran", "ran"])
        #expect(try RunJournal.progress(of: units[0].name, in: directory).map(\.completed) == [1, 2])
        withExtendedLifetime(live) {}
    }

    @Test func `a coordinator that died leaves an interrupted run, and the next one goes on in it`() throws {
        let root = try TemporaryDirectory()
        let directory = try directory(root)
        do {
            let journal = try RunJournal(directory.journal, run: summary(directory.name), fence: 1, host: "h")
            try journal.append([
                .units(units), .ran(0, attempt: 1, ranks: [0], startSeconds: 0, endSeconds: 1),
                .started(1, attempt: 1, ranks: [0], atSeconds: 1),
            ])
        }
        let dead = try RunJournal.summary(of: directory)
        #expect(dead.status == .interrupted)
        #expect(dead.units.map(\.state) == [.ran, .pending, .pending, .pending])
        let live = try #require(try directory.lockLive())
        var again = summary(directory.name)
        again.started = 2000
        let journal = try RunJournal(directory.journal, run: again, fence: 2, host: "h")
        #expect(try journal.started() == 1000)
        #expect(try journal.attempts() == [0: 1, 1: 1])
        try journal.append([
            .units(units), .reused(0, reason: nil, atSeconds: 1001),
            .started(1, attempt: 2, ranks: [1], atSeconds: 1002),
        ])
        let resumed = try RunJournal.summary(of: directory)
        #expect(resumed.status == .running)
        #expect(resumed.units[0].state == .ran && resumed.units[0].seconds == 1, "what ran in this run stays so")
        #expect(try RunJournal.attempts(of: directory).map(\.outcome) == ["ran", "interrupted", nil])
        #expect(try RunJournal.attempts(of: directory).map(\.session) == [1, 1, 2])
        withExtendedLifetime(live) {}
    }

    /// The fixture is the journal of `recipes/hello.swift` as schema 1 kept it: a row for every attempt.
    @Test func `a journal of schema 1 is read where it is and brought up to date when its run goes on`() throws {
        let root = try TemporaryDirectory()
        let directory = try directory(root)
        try FileManager.default.copyItem(atPath: Fixtures.path("journal-1.sqlite"), toPath: directory.journal)
        let attempts = try RunJournal.attempts(of: directory)
        #expect(attempts.count == 7 && attempts.allSatisfy { $0.outcome == "ran" && $0.session == 1 })
        #expect(try RunJournal.summary(of: directory).units.map(\.state) == Array(repeating: .ran, count: 7))
        let journal = try RunJournal(directory.journal, run: summary(directory.name), fence: 2, host: "h")
        #expect(try journal.attempts() == Dictionary(uniqueKeysWithValues: (0..<7).map { ($0, 1) }))
        try journal.append([.ran(3, attempt: 2, ranks: [0], startSeconds: 9, endSeconds: 10)])
        try journal.close()
        let more = try RunJournal.attempts(of: directory)
        #expect(more.dropLast() == attempts[...] && more.last?.attempt == 2 && more.last?.session == 2)
    }

    @Test func `every attempt is kept, however often a unit runs`() throws {
        let root = try TemporaryDirectory()
        let directory = try directory(root)
        let journal = try RunJournal(directory.journal, run: summary(directory.name), fence: 1, host: "h")
        try journal.append([
            .units(units), .ran(0, attempt: 1, ranks: [0], startSeconds: 0, endSeconds: 1),
            .ran(0, attempt: 2, ranks: [1], startSeconds: 1, endSeconds: 2),
            .started(0, attempt: 3, ranks: [2], atSeconds: 3), .ended(0, state: .failed, atSeconds: 4, cause: "x"),
            .ran(0, attempt: 4, ranks: [0, 2], startSeconds: 4, endSeconds: 5),
        ])
        let attempts = try RunJournal.attempts(of: directory)
        #expect(attempts.map(\.attempt) == [1, 2, 3, 4])
        #expect(attempts.map(\.outcome) == ["ran", "ran", "failed", "ran"])
        #expect(attempts.map(\.ranks) == [[0], [1], [2], [0, 2]])
        #expect(attempts.map(\.endSeconds) == [1, 2, 4, 5])
        #expect(try RunJournal.summary(of: directory).units[0].cause == nil)
        #expect(try journal.attempts() == [0: 4])
    }

    @Test func `a journal of a newer program or without tables is refused`() throws {
        let root = try TemporaryDirectory()
        let directory = try directory(root)
        try DurableFiles.write("this is no database, however long it may be made to be", to: directory.journal)
        #expect(throws: LedgerError.self) { try RunJournal.summary(of: directory) }
    }

    @Test func `runs are found by name, by nearest name and as the latest`() throws {
        let root = try TemporaryDirectory()
        let layout = StoreLayout(root.path)
        #expect(throws: LedgerError.self) { try RunDirectory.open("latest", in: layout) }
        for (place, name) in ["brave-heron", "calm-otter"].enumerated() {
            try Sample.run(name, started: Double(place), units: [], in: layout)
        }
        #expect(try RunDirectory.open("", in: layout).name == "calm-otter")
        #expect(try RunDirectory.open("brave-heron", in: layout).name == "brave-heron")
        let failure = #expect(throws: LedgerError.self) { try RunDirectory.open("brave-herron", in: layout) }
        #expect(failure?.message.contains("Did you mean 'brave-heron'?") == true)
        #expect(throws: LedgerError.self) { try Sample.run("calm-otter", started: 3, units: [], in: layout) }
        let fresh = try (0..<200).map { _ in
            try RunDirectory.create(
                RunRecord(name: "", recipe: "s", recipePath: "", parameters: [:], seed: 1, started: 9), in: layout
            ).name
        }
        #expect(Set(fresh).count == 200)
    }

    @Test func `unit names become distinct file names inside the run's folder`() throws {
        let run = RunDirectory("r", in: StoreLayout("/s"))
        let names = ["a/b", "a%2Fb", "a b", "../../etc", "policy[rate=0.001]", "ü"]
        let paths = names.map { run.logPath($0, attempt: 1) }
        #expect(Set(paths).count == names.count)
        #expect(paths.allSatisfy { DurableFiles.parent(of: $0) == run.logs })
        #expect(
            run.logPath("policy[rate=0.001]", attempt: 2, stream: "err") == "/s/runs/r/logs/policy[rate=0.001].2.err")
    }

    @Test func `a graph is stored and read back with equal keys, and damage is refused`() throws {
        let root = try TemporaryDirectory()
        let directory = try directory(root)
        let parent = Sample.unit(
            1, sources: [SourceBinding(port: "p", path: "/d", digest: Digest(of: "d"), bytes: 4)], outputs: ["a", "b"])
        let child = Sample.unit(
            2,
            inputs: [
                PortBinding(port: "data", type: PortType("Bytes"), parts: [.init(producer: parent.key, output: "b")])
            ],
            parameters: [
                "list": .list([.double(0.5), .bool(true), .null, .string("ü")]), "map": .map(["k": .bytes([1, 2])]),
            ])
        let graph = WorkGraph(recipe: "sample", seed: .max, units: [parent, child])
        try directory.writeGraph(graph)
        #expect(try directory.graph() == graph)
        let bytes = try DurableFiles.read(directory.graphFile)
        for cut in stride(from: 0, to: bytes.count, by: 7) {
            try DurableFiles.write(bytes[..<cut], to: directory.graphFile)
            #expect(throws: LedgerError.self) { try directory.graph() }
        }
    }
}
