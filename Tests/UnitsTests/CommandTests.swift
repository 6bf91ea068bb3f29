import Determinism
import Foundation
import Ranks
import Recipes
import Synchronization
import TestSupport
import Testing
import Units
import WorkGraph

/// Runs `Command` units in folders of their own, as a worker does.
@Suite("Command units")
struct CommandTests {
    private final class Reporter: UnitReporter {
        let steps = Mutex<[Int]>([])
        let figures = Mutex<[String: Double]>([:])
        func progress(_ completed: Int, of total: Int, figures: [String: Double]) {
            steps.withLock { $0.append(completed) }
        }
        func log(_ line: String) {}
        func figure(_ name: String, _ value: Double) { figures.withLock { $0[name] = value } }
    }

    private struct Outcome {
        let folder: TemporaryDirectory
        let reporter: Reporter
        let error: (any Error)?

        func text(_ output: String) -> String {
            (try? String(contentsOfFile: folder.path + "/outputs/" + output, encoding: .utf8)) ?? ""
        }
    }

    /// Compiles `make`'s command alone and runs it.
    private func run(
        project: String = "/", processors: [Int] = [], stopAfter: Double? = nil, _ make: () -> CommandOutput
    ) throws -> Outcome {
        let compiled = try Recipe("t", seed: 7) { make() }.compile(projectDirectory: project) { path in
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            return (Digest(of: Array(bytes)), bytes.count)
        }
        let unit = try #require(compiled.graph.units.last)
        let folder = try TemporaryDirectory()
        for name in ["outputs", "work", "checkpoints"] {
            try FileManager.default.createDirectory(
                atPath: folder.path + "/" + name, withIntermediateDirectories: true)
        }
        let reporter = Reporter()
        let start = Date()
        let context = UnitContext(
            unit: unit, attempt: 1, runName: "test-run", gang: SoloGang(), threads: 1, inputs: [:],
            place: FixedPlace(
                outputDirectory: folder.path + "/outputs", workDirectory: folder.path + "/work",
                checkpointDirectory: folder.path + "/checkpoints"), processors: processors, projectDirectory: project,
            reporter: reporter,
            stopRequest: {
                stopAfter.map { Date().timeIntervalSince(start) > $0 } ?? false ? .checkpoint : .none
            })
        let kind = try #require(Catalogue.builtIn["Command"])
        do {
            try kind.instantiate(for: unit).run(context)
            return Outcome(folder: folder, reporter: reporter, error: nil)
        } catch {
            return Outcome(folder: folder, reporter: reporter, error: error)
        }
    }

    @Test func `secrets reach the program and nothing that is kept`() throws {
        setenv("TEST_TOKEN", "s3cr3t-Token", 1)
        let file = try TemporaryDirectory()
        try "hidden/in.a.file\n".write(toFile: file.path + "/key", atomically: true, encoding: .utf8)
        setenv("TEST_KEY_FILE", file.path + "/key", 1)
        defer { for name in ["TEST_TOKEN", "TEST_KEY_FILE"] { unsetenv(name) } }
        let outcome = try run {
            Command(
                [
                    "sh", "-c",
                    "printf s3cr; sleep 0.1; echo 3t-Token $TEST_TOKEN; echo \"$TEST_KEY\" | wc -c; echo s3cr",
                ],
                standardOutput: "out", secrets: ["TEST_TOKEN", "TEST_KEY"])
        }
        #expect(outcome.error == nil, "\(String(describing: outcome.error))")
        #expect(outcome.text("out") == "*** ***\n17\ns3cr\n")
        let missing = try run { Command(["true"], standardOutput: "out", secrets: ["TEST_NOWHERE"]) }
        #expect("\(missing.error.map { "\($0)" } ?? "")".contains("TEST_NOWHERE_FILE"))
        setenv("TEST_SHORT", "abc", 1)
        let short = try run { Command(["true"], standardOutput: "out", secrets: ["TEST_SHORT"]) }
        #expect("\(short.error.map { "\($0)" } ?? "")".contains("3 bytes"))
        #expect(throws: RecipeError.self) {
            try run { Command(["true"], standardOutput: "out", environment: ["A": "b"], secrets: ["A"]) }
        }
    }

    @Test func `a program gets its variables and none of the launcher's`() throws {
        setenv("OMPI_COMM_WORLD_SIZE_PROBE", "2", 1)
        let outcome = try run {
            Command(
                ["sh", "-c", "env | sort > {output:env}"], outputs: ["env"], environment: ["WORD": "two words"],
                passing: ["OMPI_COMM_WORLD_SIZE_PROBE"])
        }
        #expect(outcome.error == nil, "\(String(describing: outcome.error))")
        let text = outcome.text("env")
        for name in ["RUN=test-run", "ATTEMPT=1", "SEED=7", "OUTPUT_DIR=/", "CHECKPOINT_DIR=/", "METRICS=/", "UNIT="] {
            #expect(text.contains("ORCHESTRATE_" + name), "\(name) is missing in\n\(text)")
        }
        #expect(text.contains("WORD=two words"))
        #expect(!text.contains("OMPI_") && !text.contains("PMIX_"))
    }

    @Test func `what a program prints can be an output, and its metrics are progress`() throws {
        let outcome = try run {
            Command(
                [
                    "sh", "-c",
                    "for i in 1 2 3; do echo \"{\\\"step\\\": $i, \\\"total\\\": 3, \\\"loss\\\": 0.$i}\" >> $ORCHESTRATE_METRICS; done; echo said",
                ], standardOutput: "said")
        }
        #expect(outcome.error == nil)
        #expect(outcome.text("said") == "said\n")
        #expect(outcome.reporter.steps.withLock { $0 } == [1, 2, 3])
        #expect(outcome.reporter.figures.withLock { $0 } == ["loss": 0.3])
    }

    @Test func `exit codes are judged by the policy, signals are named`() throws {
        #expect(
            try run { Command(["sh", "-c", "exit 3"], outputs: ["x"]) }.error.map { "\($0)" }
                == "'sh' ended with exit code 3, expected 0")
        #expect(try run { Command(["sh", "-c", "exit 3"], outputs: ["x"], expectedExitCodes: [0, 3]) }.error == nil)
        #expect(
            try run { Command(["sh", "-c", "kill -SEGV $$"], outputs: ["x"]) }.error.map { "\($0)" }
                == "'sh' was ended by signal 11 (Segmentation fault)")
        #expect(try run { Command(["no-such-program"], outputs: ["x"]) }.error != nil)
    }

    @Test func `a stop signal reaches the program, and time is given`() throws {
        let outcome = try run(stopAfter: 0.2) {
            Command(
                [
                    "sh", "-c",
                    "trap 'echo saved > $ORCHESTRATE_CHECKPOINT_DIR/state; exit 0' TERM; while :; do sleep 0.05; done",
                ],
                outputs: ["x"])
        }
        #expect(outcome.error is Interrupted)
        #expect((try? String(contentsOfFile: outcome.folder.path + "/checkpoints/state", encoding: .utf8)) == "saved\n")
    }

    @Test func `a program that does not hear the stop signal is killed when its grace is over`() throws {
        let start = Date()
        let outcome = try run(stopAfter: 0.1) {
            Command(
                ["sh", "-c", "trap '' TERM; sleep 60 & wait; sleep 60"], outputs: ["x"], grace: TimeSpan(seconds: 0.2))
        }
        #expect(outcome.error is Interrupted)
        #expect(Date().timeIntervalSince(start) < 20)
    }

    @Test(
        "after a stop request a fault of the program's own is still a failure",
        arguments: [
            ("exit 0", nil), ("exit 143", nil), ("exit 85", nil), ("exit 4", "exit code 4 after it was asked to stop"),
            ("kill -SEGV $$", "signal 11 (Segmentation fault) after it was asked to stop"), ("kill -KILL $$", nil),
        ])
    func endAfterStop(action: String, failure: String?) throws {
        let outcome = try run(stopAfter: 0.2) {
            Command(["sh", "-c", "trap '\(action)' TERM; while :; do sleep 0.05; done"], outputs: ["x"])
        }
        if let failure {
            #expect(outcome.error.map { "\($0)" }?.contains(failure) ?? false, "\(String(describing: outcome.error))")
        } else {
            #expect(outcome.error is Interrupted, "\(String(describing: outcome.error))")
        }
    }

    @Test func `metrics that are written anew are followed from their start`() throws {
        let outcome = try run {
            Command(
                [
                    "sh", "-c",
                    "for i in 1 2 3; do echo \"{\\\"step\\\": $i}\"; done > $ORCHESTRATE_METRICS; sleep 0.4; echo '{\"step\": 9}' > $ORCHESTRATE_METRICS; sleep 0.3; echo said",
                ], standardOutput: "said")
        }
        #expect(outcome.error == nil)
        #expect(outcome.reporter.steps.withLock { $0 } == [1, 2, 3, 9])
    }

    @Test(
        "a script that is not there is noticed when the command is planned",
        arguments: [
            (["python3", "missing.py"], "'missing.py' looks like a file"),
            (["sh", "tools/run.sh", "x"], "'tools/run.sh' looks like a file"),
            (["./tool"], "'./tool' looks like a file"), (["cat", "data/a.txt"], "'data/a.txt' looks like a file"),
            (["cat", "--list=data/a.txt"], "'data/a.txt' looks like a file"),
            (["sed", "-n", "1s/.*/Hello, &!/p", "here.py"], nil), (["echo", "3.5", "a/b", "v1.2", "test"], nil),
            (["sh", "-c", "python3 missing.py"], nil),
        ])
    func missingScript(arguments: [String], warning: String?) throws {
        let folder = try TemporaryDirectory()
        try "".write(toFile: folder.path + "/here.py", atomically: true, encoding: .utf8)
        let compiled = try Recipe("t") { Command(arguments, standardOutput: "out") }
            .compile(projectDirectory: folder.path) { _ in (Digest(of: "x"), 1) }
        let warnings = compiled.warnings.map(\.message)
        #expect(warnings.count == (warning == nil ? 0 : 1), "\(warnings)")
        if let warning { #expect(warnings.first?.contains(warning) ?? false, "\(warnings)") }
    }

    @Test func `a program runs on the processors set aside for it`() throws {
        let outcome = try run(processors: [0]) {
            Command(["sh", "-c", "grep Cpus_allowed_list /proc/self/status > {output:cpus}"], outputs: ["cpus"])
        }
        #expect(outcome.text("cpus") == "Cpus_allowed_list:\t0\n")
    }

    @Test func `files named by arguments count by content, not by path`() throws {
        let folder = try TemporaryDirectory()
        for (name, text) in [("a.txt", "same"), ("b.txt", "same"), ("c.txt", "other")] {
            try text.write(toFile: folder.path + "/" + name, atomically: true, encoding: .utf8)
        }
        func key(_ file: String) throws -> Digest {
            let recipe = Recipe("t") { Command(["cat", file], standardOutput: "out") }
            let compiled = try recipe.compile(projectDirectory: folder.path) { path in
                (Digest(of: Array(try Data(contentsOf: URL(fileURLWithPath: path)))), 4)
            }
            return try #require(compiled.graph.units.last).key
        }
        #expect(try key("a.txt") == key("b.txt"))
        #expect(try key("a.txt") != key("c.txt"))
        #expect(
            try run(project: folder.path) { Command(["cat", "c.txt"], standardOutput: "out") }.text("out") == "other")
    }

    @Test(arguments: [
        (["cat", "{input:words}"], ["x"], "'{input:words}' names no input; inputs: none"),
        (["cat", "{output:y}"], ["x"], "'{output:y}' names no output; outputs: x"),
        (["cat"], ["a/b"], "'a/b' cannot be an output: give a plain file name without '/'"),
        (["cat"], ["x", "x"], "two outputs have the same name"),
    ])
    func `mistakes are found when the command is planned`(arguments: [String], outputs: [String], message: String) {
        let recipe = Recipe("t") { Command(arguments, outputs: outputs) }
        do {
            _ = try recipe.compile(projectDirectory: "/") { _ in (Digest(of: "x"), 1) }
            Issue.record("nothing was found")
        } catch {
            #expect("\(error)".contains(message), "\(error)")
        }
    }

    @Test(.enabled(if: Programs.hasMPI, "mpirun is not installed"))
    func `a program may start MPI of its own`() throws {
        let outcome = try run {
            Command(
                Programs.mpirun(2, [Programs.path("RankProbe")]), standardOutput: "out", environment: ["HOME": "/tmp"])
        }
        #expect(outcome.error == nil, "\(String(describing: outcome.error))")
        #expect(outcome.text("out") == "ok 2\n")
    }
}
