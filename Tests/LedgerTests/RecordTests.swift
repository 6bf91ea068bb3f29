import Determinism
import DurableFiles
import Foundation
import Ledger
import Prediction
import TestSupport
import Testing
import WorkGraph

@Suite("History, source digests, locks, reasons")
struct RecordTests {
    private func row(_ seconds: Double) -> History.Row {
        History.Row(
            observation: Observation(
                kind: "Train", estimate: WorkEstimate(flops: 1, bytesRead: 2, bytesWritten: 3, fixedSeconds: 4),
                ranks: 2,
                seconds: seconds, hostClass: "cpu"),
            run: "brave-heron", unit: "policy", parameters: "{\"steps\":3}", outputBytes: 5, peakMemoryBytes: 6,
            ranks: [0, 3])
    }

    @Test func `rows of several runs are merged and read back in order`() throws {
        let root = try TemporaryDirectory()
        let layout = StoreLayout(root.path)
        #expect(History(layout).rows() == [])
        try History(layout).append([row(1), row(2)])
        try History(layout).append([row(3)])
        #expect(History(layout).rows() == [row(1), row(2), row(3)])
        #expect(History(layout).rows(limit: 2) == [row(2), row(3)])
        #expect(History(layout).notice == nil)
    }

    @Test func `of a kind ever fewer units enter the history, others stay untouched`() {
        var sampling = HistorySampling()
        var taken = 0
        for count in 1...100_000 where sampling.takes("Noop") {
            taken += 1
            if count <= HistorySampling.perDoubling { #expect(taken == count) }
        }
        #expect(taken < 12 * HistorySampling.perDoubling && taken > 8 * HistorySampling.perDoubling)
        let isOtherTaken = sampling.takes("Train")
        #expect(isOtherTaken)
    }

    @Test func `a damaged history is moved aside, said aloud, and starts anew`() throws {
        let root = try TemporaryDirectory()
        let layout = StoreLayout(root.path)
        try DurableFiles.write([UInt8](repeating: 7, count: 8192), to: layout.history)
        let history = History(layout)
        #expect(history.notice?.contains("damaged") == true)
        try history.append([row(1)])
        #expect(History(layout).rows() == [row(1)])
        #expect(try DurableFiles.entries(of: root.path).contains { $0.name.hasPrefix("history.sqlite.damaged") })
    }

    @Test func `a history of the first schema is read, and written to afterwards`() throws {
        let root = try TemporaryDirectory()
        let layout = StoreLayout(root.path)
        try FileManager.default.copyItem(atPath: Fixtures.path("history-1.sqlite"), toPath: layout.history)
        let before = History(layout).observations()
        #expect(before.notice == nil && before.observations.map(\.seconds) == [7.5])
        #expect(before.observations[0].cpus == 1 && before.observations[0].run == "brave-heron")
        var wide = row(1)
        wide.observation.cpus = 4
        try History(layout).append([wide])
        #expect(History(layout).observations().observations.map(\.cpus) == [1, 4])
    }

    @Test func `a history of a newer schema is left alone and said aloud`() throws {
        let root = try TemporaryDirectory()
        let layout = StoreLayout(root.path)
        try History(layout).append([row(1)])
        // SQLite keeps the schema's number in bytes 60 to 63 of the file.
        var bytes = try DurableFiles.read(layout.history)
        bytes[63] = 99
        try DurableFiles.write(bytes, to: layout.history)
        let (observations, notice) = History(layout).observations()
        #expect(observations.isEmpty && notice?.contains("99") == true)
        try History(layout).append([row(2)])
        #expect(try DurableFiles.read(layout.history) == bytes)
    }

    @Test func `a history that is damaged further on gives nothing, and says so`() throws {
        let root = try TemporaryDirectory()
        let layout = StoreLayout(root.path)
        try History(layout).append((0..<2000).map { row(Double($0)) })
        var bytes = try DurableFiles.read(layout.history)
        for place in bytes.indices.dropFirst(bytes.count / 4) { bytes[place] = 7 }
        try DurableFiles.write(bytes, to: layout.history)
        let (observations, notice) = History(layout).observations()
        #expect(observations.isEmpty && notice?.contains("not used") == true, "\(notice ?? "nothing")")
    }

    @Test func `a file is read once, however often it is moved or asked for`() throws {
        let root = try TemporaryDirectory()
        let layout = StoreLayout(root.path + "/store")
        let path = root.path + "/data"
        try DurableFiles.write("content", to: path)
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -60)], ofItemAtPath: path)
        func readings(_ digests: SourceDigests, _ path: String) throws -> Int {
            var count = 0
            #expect(try digests.digest(path) { _, _ in count += 1 }.digest == Digest(of: "content"))
            return count
        }
        let first = SourceDigests(layout)
        #expect(try readings(first, path) == 1)
        #expect(try readings(first, path) == 0)
        try first.save()
        #expect(try readings(SourceDigests(layout), path) == 0)
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -30)], ofItemAtPath: path)
        #expect(try readings(SourceDigests(layout), path) == 1)
        let missing = #expect(throws: DurableFilesError.self) { try first.digest(root.path + "/none") }
        #expect(missing?.exitCode == ExitCode.missingInput)
    }

    @Test func `a file that changed a moment ago is not trusted`() throws {
        let root = try TemporaryDirectory()
        let digests = SourceDigests(StoreLayout(root.path))
        let path = root.path + "/data"
        try DurableFiles.write("aaaa", to: path)
        #expect(try digests.digest(path).digest == Digest(of: "aaaa"))
        // The same size, and on coarse clocks the same time.
        try DurableFiles.write("bbbb", to: path)
        #expect(try digests.digest(path).digest == Digest(of: "bbbb"))
    }

    @Test func `a folder's digest is that of the store`() throws {
        let root = try TemporaryDirectory()
        try DurableFiles.createDirectory(root.path + "/folder/sub")
        for name in ["x", "sub/y"] { try DurableFiles.write(name, to: root.path + "/folder/" + name) }
        let digests = SourceDigests(StoreLayout(root.path))
        #expect(try digests.digest(root.path + "/folder") == DurableFiles.treeDigest(root.path + "/folder"))
    }

    @Test func `a lock is read back and a newer one refused`() throws {
        let root = try TemporaryDirectory()
        let path = root.path + "/lock.json"
        var lock = Sample.lock([Sample.unit(1)])
        lock.inputs = [.init(path: "/data", digest: Digest(of: "d"), bytes: 3)]
        try lock.write(to: path)
        #expect(try LockFile.read(path) == lock)
        lock.schema = 77
        try lock.write(to: path)
        let failure = #expect(throws: LedgerError.self) { try LockFile.read(path) }
        #expect(failure?.message.contains("77") == true)
    }

    @Test func `git's commit and uncommitted changes are recorded`() throws {
        let root = try TemporaryDirectory()
        #expect(GitState(projectDirectory: root.path) == nil)
        func git(_ arguments: String...) throws {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["git", "-C", root.path, "-c", "user.name=n", "-c", "user.email=e@x"] + arguments
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
        }
        try git("init", "-q")
        #expect(GitState(projectDirectory: root.path)?.commit == "")
        try DurableFiles.write("one\n", to: root.path + "/file")
        try git("add", "-A")
        try git("commit", "-qm", "first")
        let clean = try #require(GitState(projectDirectory: root.path))
        #expect(clean.commit.count == 40 && clean.dirtyDiff.isEmpty)
        try DurableFiles.write("two\n", to: root.path + "/file")
        #expect(GitState(projectDirectory: root.path)?.dirtyDiff.contains("+two") == true)
    }

    @Test func `the reason for a rerun names what changed`() {
        let source = { (text: String) in SourceBinding(port: "path", path: "/d", digest: Digest(of: text), bytes: 1) }
        func child(_ parent: WorkUnit, _ steps: Int64) -> WorkUnit {
            Sample.unit(
                1, name: "policy",
                inputs: [
                    PortBinding(
                        port: "tokens", type: PortType("T"), parts: [.init(producer: parent.key, output: "out")])
                ],
                parameters: ["steps": .int(steps)])
        }
        let (oldData, newData) = (
            Sample.unit(0, name: "demos", sources: [source("a")]), Sample.unit(0, name: "demos", sources: [source("b")])
        )
        let old = WorkGraph(recipe: "r", seed: 1, units: [oldData, child(oldData, 600)])
        let reasons = RerunReason(comparedWith: old)
        let names = [newData.key: "demos", oldData.key: "demos"]
        #expect(reasons.phrase(for: newData, finding: .missing, names: names) == "input digest changed: path")
        #expect(
            reasons.phrase(for: child(oldData, 1200), finding: .missing, names: names) == "parameter steps 600 → 1200")
        #expect(reasons.phrase(for: child(newData, 600), finding: .missing, names: names) == "after demos")
        #expect(reasons.phrase(for: Sample.unit(5, name: "other"), finding: .missing, names: names) == "never run")
        #expect(reasons.phrase(for: oldData, finding: .missing, names: names) == "not finished")
        let finished = RerunReason(comparedWith: old, finished: [oldData.key])
        #expect(finished.phrase(for: oldData, finding: .missing, names: names) == RerunReason.gone)
        #expect(
            reasons.phrase(for: oldData, finding: .unusable(reason: "'x' is gone"), names: names).contains(
                "'x' is gone"))
        #expect(RerunReason(comparedWith: nil).phrase(for: newData, finding: .missing, names: names) == "never run")
    }
}
