import Foundation
import TestSupport
import Testing

/// Ends a run before every single step of what it writes, and goes on from what is left.
@Suite("Every prefix of a run")
struct CrashReplayTests {
    private let program = Programs.path("RunProbe")

    private struct Stores {
        let folder: TemporaryDirectory
        private(set) var number = 0

        mutating func next() -> String {
            number += 1
            return "\(folder.path)/\(number)"
        }
    }

    private func run(
        _ store: String, _ name: String, stopAt: Int? = nil, isHarsh: Bool = false
    ) throws -> (RunTests.Line?, steps: Int) {
        try? FileManager.default.createDirectory(atPath: store, withIntermediateDirectories: true)
        let steps = "\(store)-\(name).steps"
        var environment = ["PROBE_STEPS": steps]
        if let stopAt { environment["PROBE_STOP_AT"] = "\(stopAt)" }
        if isHarsh { environment["PROBE_HARSH"] = "1" }
        let result = try Programs.run([program, store, name, "stores"], environment: environment)
        let count = try String(contentsOfFile: steps, encoding: .utf8).split(separator: "\n").count
        guard result.status == 0 else {
            #expect(result.status == 128 + SIGKILL, "\(result)")
            return (nil, count)
        }
        let last = result.output.split(separator: "\n").last.map { Data($0.utf8) }
        return (try JSONDecoder().decode(RunTests.Line.self, from: try #require(last, "\(result)")), count)
    }

    /// Every step, where `ORCHESTRATE_CRASH_POINTS=all` asks for it; else every seventh.
    private static let stride =
        ProcessInfo.processInfo.environment["ORCHESTRATE_CRASH_POINTS"] == "all" ? 1 : 7

    @Test("whatever was written when it ended, the run goes on to the same outputs", arguments: [false, true])
    func prefixes(isHarsh: Bool) throws {
        var stores = Stores(folder: try TemporaryDirectory())
        let (line, total) = try run(stores.next(), "whole")
        let truth = try #require(line)
        #expect(truth.outcome == "completed" && truth.ran == 5 && total > 40, "\(truth), \(total) steps")
        var stopped = 0
        for point in Swift.stride(from: 1, through: total, by: Self.stride) {
            let store = stores.next()
            guard try run(store, "first", stopAt: point, isHarsh: isHarsh).0 == nil else { continue }
            stopped += 1
            // Once more, while it is being taken up.
            _ = try run(store, "first", stopAt: 1 + point % 23, isHarsh: isHarsh)
            let again = try #require(try run(store, "first").0)
            #expect(again.outcome == "completed" && again.digest == truth.digest, "stopped at \(point): \(again)")
            let next = try #require(try run(store, "second").0)
            #expect(next.ran == 0 && next.digest == truth.digest, "stopped at \(point): \(next)")
        }
        #expect(stopped * Self.stride > total / 2, "\(stopped) of \(total)")
    }
}
