import Execution
import Ledger
import Launch
import TestSupport
import Testing

@Suite("Launch requests")
struct LaunchRequestTests {
    @Test func `a request is read back as it was written`() throws {
        let folder = try TemporaryDirectory()
        let directory = try RunDirectory.create(
            RunRecord(name: "", recipe: "r", recipePath: "", parameters: [:], seed: 1, started: 0),
            in: StoreLayout(folder.path))
        var request = LaunchRequest(rankCount: 3, projectDirectory: "/p")
        request.failsFast = true
        request.countable = ["gpus": 2]
        try request.write(to: directory)
        #expect(try LaunchRequest.read(from: directory) == request)
    }

    @Test func `deaths at the same step make a unit hopeless, progress does not`() throws {
        let folder = try TemporaryDirectory()
        let directory = try RunDirectory.create(
            RunRecord(name: "", recipe: "r", recipePath: "", parameters: [:], seed: 1, started: 0),
            in: StoreLayout(folder.path))
        let records = CrashRecords(directory)
        for steps in [10, 20, 30] {
            try records.append(.init(unit: "train", attempt: steps, rank: 0, cause: "signal 9 (Killed)", steps: steps))
            try records.append(.init(unit: "bad", attempt: steps, rank: 1, cause: "signal 11", steps: 0))
        }
        #expect(records.hopeless().keys.sorted() == ["bad"])
    }
}
