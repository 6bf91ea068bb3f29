import Foundation
import TestSupport
import Testing

/// `submit`, `run` and what follows a run, with the built program and real ranks.
@Suite(
    "Runs from the command line", .serialized,
    .enabled(if: Workplace.isBuilt, "the executable has not been built"),
    .enabled(if: Programs.hasMPI, "mpirun is not installed"))
struct SubmitTests {
    static let hello = #"""
        let recipe = Recipe("hello") {
            let names = Command(["printf", "%s\\n", "world", "ranks"], standardOutput: "names.txt")
            Command(["sh", "-c", "wc -c < '{input:names}'"], inputs: ["names": names], standardOutput: "length.txt").named("length")
        }
        """#

    /// A unit that fails, one that needs it and one that does not.
    static let broken = #"""
        let recipe = Recipe("broken") {
            for rate in [0.1] {
                let bad = Command(
                    ["sh", "-c", "echo last words >&2; echo kept > '{work}/note.txt'; exit 3"], standardOutput: "x.txt")
                Command(["cat", "{input:bad}"], inputs: ["bad": bad], standardOutput: "y.txt").named("after")
            }
            Command(["echo", "fine"], standardOutput: "z.txt").named("fine")
        }
        """#

    private static func slow(_ seconds: Int) -> String {
        """
        let recipe = Recipe("slow") {
            Command(["sleep", "\(seconds)"], standardOutput: "slow.txt").named("slow")
        }
        """
    }

    // MARK: Results

    @Test func `submit ends with one object of the promised fields, and the second submit runs nothing`() throws {
        let place = try Workplace()
        try place.write(Self.hello, to: "hello.swift")
        let first = try place("submit", "hello.swift", "--ranks", "2", "--json", "--store", "elsewhere")
        #expect(first.status == 0, "\(first)")
        let object = try Workplace.object(first)
        #expect(object["schema"] as? Int == 1 && object["status"] as? String == "done")
        #expect((object["run"] as? String)?.isEmpty == false)
        #expect(try Workplace.states(object) == ["names": "ran", "length": "ran"])
        let names = try Workplace.unit("names", object)
        #expect(names["kind"] as? String == "Command" && (names["key"] as? String)?.count == 64)
        #expect(names["ranks"] as? Int == 1 && names["seconds"] is Double)
        let output = try #require((names["outputs"] as? [[String: Any]])?.first)
        #expect(output["name"] as? String == "names.txt" && (output["digest"] as? String)?.count == 64)
        let path = try #require(output["path"] as? String)
        #expect(path.contains("/elsewhere/"))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "world\nranks\n")
        #expect(!FileManager.default.fileExists(atPath: place.folder + "/.orchestrate"))

        let second = try place("submit", "hello.swift", "--ranks", "2", "--store", "elsewhere")
        #expect(second.status == 0 && second.output.isEmpty)
        #expect(second.errors.contains("0 ran, 2 reused"), "\(second.errors)")
    }

    @Test func `two runs are compared by what they were asked and what came out`() throws {
        let place = try Workplace()
        try place.write(
            """
            let count = Parameter("count", default: 3)
            let recipe = Recipe("counting") {
                let numbers = Command(["seq", "\\(count)"], standardOutput: "numbers.txt")
                numbers
                Command(["echo", "always"], standardOutput: "same.txt").named("same")
            }
            """, to: "counting.swift")
        var runs: [String] = []
        for count in ["3", "5", "3"] {
            let result = try place("submit", "counting.swift", "--ranks", "1", "--json", "--set", "count=\(count)")
            runs.append(try #require(try Workplace.object(result)["run"] as? String))
        }
        let differing = try place("diff", runs[0], runs[1])
        #expect(differing.status == 2, "\(differing)")
        #expect(differing.output.contains("count: 3 → 5") && differing.output.contains("1 of 2 units are the same"))
        #expect(try place("diff", runs[0], runs[2]).status == 0)
        let object = try Workplace.object(place("diff", runs[0], runs[1], "--json"))
        #expect(object["equal"] as? Bool == false)
        let verdicts = try #require(object["units"] as? [[String: Any]]).map { $0["verdict"] as? String }
        #expect(verdicts.sorted { ($0 ?? "") < ($1 ?? "") } == ["other", "same"])
        let outputs = try place("diff", runs[0] + ":numbers", runs[1] + ":numbers")
        #expect(outputs.status == 2 && outputs.output.contains("line 4: absent → 4"), "\(outputs)")
        #expect(try place("diff", runs[0] + ":same", runs[1] + ":same").status == 0)
        #expect(try place("diff", runs[0], "nowhere.txt").status == 66)
    }

    @Test func `long values keep the end in the table of runs, and stand whole in JSON`() throws {
        let place = try Workplace()
        try place.write(
            """
            let data = Parameter("data", default: "x")
            let recipe = Recipe("long") { Command(["echo", data], standardOutput: "x.txt").named("echo") }
            """, to: "long.swift")
        let long = String(repeating: "folder/", count: 12) + "end.hdf5"
        for value in ["short", long] {
            #expect(try place("submit", "long.swift", "--ranks", "1", "--set", "data=\(value)").status == 0)
        }
        let table = try place("runs").output
        #expect(table.contains("…") && table.contains("folder/end.hdf5") && !table.contains(long), "\(table)")
        #expect(try place("runs", "--json").output.contains(long))
    }

    @Test func `run is one rank alone and two under mpirun, with the same results`() throws {
        let place = try Workplace()
        try place.write(Self.hello, to: "hello.swift")
        func digests(_ object: [String: Any]) throws -> [String] {
            try ["names", "length"].map { name in
                let outputs = try #require(try Workplace.unit(name, object)["outputs"] as? [[String: Any]])
                return try #require(outputs.first?["digest"] as? String)
            }
        }
        let alone = try place("run", "hello.swift", "--json", "--store", "one")
        #expect(alone.status == 0, "\(alone)")
        let command = [Programs.path("orchestrate"), "run", "hello.swift", "--json", "--store", "two"]
        let both = try place.run(Programs.mpirun(2, command))
        #expect(both.status == 0, "\(both)")
        let object = try Workplace.object(both)
        #expect(object["ranks"] as? Int == 2)
        #expect(try digests(object) == digests(Workplace.object(alone)))
    }

    @Test func `a program sees the same search paths on one rank and on two, under either launcher`() throws {
        let place = try Workplace()
        try place.write(
            #"""
            let recipe = Recipe("paths") {
                Command(["sh", "-c", "echo $PATH; echo ${LD_LIBRARY_PATH-none}"], standardOutput: "paths.txt").named("paths")
            }
            """#, to: "paths.swift")
        func paths(_ result: Workplace.Result) throws -> String {
            let unit = try Workplace.unit("paths", Workplace.object(result))
            let path = try #require((unit["outputs"] as? [[String: Any]])?.first?["path"] as? String)
            return try String(contentsOfFile: path, encoding: .utf8)
        }
        let one = try paths(place("submit", "paths.swift", "--ranks", "1", "--json", "--store", "one"))
        let two = try paths(place("submit", "paths.swift", "--ranks", "2", "--json", "--store", "two"))
        let command = [Programs.path("orchestrate"), "run", "paths.swift", "--json", "--store", "three"]
        let three = try paths(place.run(Programs.mpirun(2, command)))
        #expect(one == two && one == three)
        #expect(one.hasPrefix(try #require(ProcessInfo.processInfo.environment["PATH"]) + "\n"))
    }

    // MARK: What the coordinator has to say

    @Test func `a stored result that is gone or altered is made again, and the user is told why`() throws {
        let place = try Workplace()
        try place.write(Self.hello, to: "hello.swift")
        let object = try Workplace.object(place("submit", "hello.swift", "--ranks", "1", "--json"))
        let key = try #require(try Workplace.unit("names", object)["key"] as? String)
        let artifact = "\(place.folder)/.orchestrate/artifacts/\(key.prefix(2))/\(key)"
        try FileManager.default.removeItem(atPath: artifact)
        let plan = try place("plan", "hello.swift")
        #expect(plan.output.contains("its stored result is gone"), "\(plan.output)")
        let again = try place("submit", "hello.swift", "--ranks", "2")
        #expect(again.status == 0 && again.errors.contains("1 ran, 1 reused"), "\(again.errors)")
        #expect(again.errors.contains("names runs again: its stored result is gone"), "\(again.errors)")

        let file = artifact + "/outputs/names.txt"
        _ = try place.run(["/bin/chmod", "-R", "u+w", artifact])
        try "something else".write(toFile: file, atomically: false, encoding: .utf8)
        let third = try place("submit", "hello.swift", "--ranks", "1")
        #expect(third.errors.contains("names runs again: what is stored cannot be used"), "\(third.errors)")
        // Whoever looks later is told too.
        let watched = try place("watch")
        #expect(watched.status == 0 && watched.errors.contains("names runs again"), "\(watched.errors)")
    }

    @Test func `of two submits at once the second waits, says so, and reuses`() throws {
        let place = try Workplace()
        let go = place.folder + "/go"
        try place.write(
            """
            let recipe = Recipe("shared") {
                Command(["sh", "-c", "until test -e \(go); do sleep 0.05; done; echo made"], standardOutput: "slow.txt").named("slow")
            }
            """, to: "shared.swift")
        let first = try place("submit", "shared.swift", "--ranks", "1", "--detach")
        let name = first.output.trimmingCharacters(in: .newlines)
        try place.waitUntilRunning(name)
        let script = """
            "$0" submit shared.swift --ranks 1 2> said & second=$!
            for i in $(seq 250); do grep -q 'waiting for it' said && break; sleep 0.1; done
            touch go; wait $second; code=$?; cat said >&2; exit $code
            """
        let second = try place.run(["/bin/sh", "-c", script, Programs.path("orchestrate")])
        #expect(second.status == 0)
        #expect(
            second.errors.contains("slow is being computed by run \(name); waiting for it"), "\(second.errors)")
        #expect(second.errors.contains("0 ran, 1 reused"), "\(second.errors)")
        #expect(try place("wait", name).status == 0)
    }

    // MARK: Failures

    @Test func `a failure tells unit, cause, attempt, last words, kept work and what to type next`() throws {
        let place = try Workplace()
        try place.write(Self.broken, to: "broken.swift")
        let result = try place("submit", "broken.swift", "--ranks", "2", "--store", "my store", "--name", "sad-run")
        #expect(result.status == 1, "\(result)")
        #expect(result.errors.contains("FAILED bad[rate=0.1], attempt 1: 'sh' ended with exit code 3, expected 0"))
        #expect(result.errors.contains("  | last words"))
        #expect(
            result.errors.contains("  orchestrate logs sad-run 'bad[rate=0.1]' --store 'my store'"), "\(result.errors)")
        #expect(result.errors.contains("  orchestrate explain 'bad[rate=0.1]' --run sad-run --store 'my store'"))
        let line = try #require(result.errors.split(separator: "\n").first { $0.contains("work folder: ") })
        let folder = String(line.drop { $0 != "/" })
        #expect(try String(contentsOfFile: folder + "/note.txt", encoding: .utf8) == "kept\n")
        #expect(result.errors.contains("1 ran, 0 reused, 1 failed, 1 skipped"))

        // The commands work as they stand, in a shell.
        let program = Programs.path("orchestrate")
        let logs = try place.run([
            "/bin/sh", "-c", "PATH=$(dirname $0):$PATH; orchestrate logs sad-run 'bad[rate=0.1]' --store 'my store'",
            program,
        ])
        #expect(logs.status == 0 && logs.output.contains("last words"), "\(logs)")
        let status = try place("status", "--store", "my store")
        #expect(
            status.output.contains("  orchestrate logs sad-run 'bad[rate=0.1]' --store 'my store'"), "\(status.output)")

        let quiet = try place("submit", "broken.swift", "--ranks", "1", "-q")
        #expect(quiet.status == 1 && quiet.output.isEmpty)
        #expect(quiet.errors.contains("FAILED bad[rate=0.1], attempt 1: 'sh' ended with exit code 3, expected 0"))
        #expect(quiet.errors.contains("  orchestrate logs ") && !quiet.errors.contains("--store"))
        #expect(!quiet.errors.contains("report:"))
    }

    @Test func `damage that shows late names episode, step and the user's own file`() throws {
        let place = try Workplace()
        try FileManager.default.copyItem(atPath: Fixtures.path("nan_actions.hdf5"), toPath: place.folder + "/mine.hdf5")
        try place.write(
            """
            let recipe = Recipe("late") {
                let demos = Ingest("mine.hdf5", layout: .robomimic, cameras: ["camera"], sensors: ["position"], shards: 1)
                let split = Split(demos, validation: 0.1, test: 0.1, by: .episode)
                let moves = FitActionTokenizer(split.training, bins: 16)
                moves
            }
            """, to: "late.swift")
        let result = try place("submit", "late.swift", "--ranks", "1")
        #expect(result.status == 1)
        for word in ["demo_1/actions", "nan at step 5", "Screen(", "its data comes from ", "/mine.hdf5"] {
            #expect(result.errors.contains(word), "\(word) in \(result.errors)")
        }
    }

    @Test func `after a first failure the rest goes on, or ends with --fail-fast`() throws {
        let place = try Workplace()
        try place.write(
            """
            let recipe = Recipe("fast") {
                Command(["sh", "-c", "sleep 1; exit 3"], standardOutput: "x.txt").named("bad")
                Command(["sleep", "50"], standardOutput: "y.txt").named("slow")
            }
            """, to: "fast.swift")
        let start = Date()
        let result = try place("submit", "fast.swift", "--ranks", "2", "--fail-fast", "--json")
        #expect(result.status == 1 && Date().timeIntervalSince(start) < 40, "\(result)")
        #expect(try Workplace.states(Workplace.object(result)) == ["bad": "failed", "slow": "skipped"])
    }

    @Test func `a unit over its time limit fails with that cause and keeps its work`() throws {
        let place = try Workplace()
        try place.write(
            """
            let recipe = Recipe("late") {
                Command(
                    ["sh", "-c", "echo here > {work}/note.txt; sleep 50"], standardOutput: "x.txt", timeLimit: 1.seconds,
                    grace: 1.seconds
                ).named("late")
            }
            """, to: "late.swift")
        let result = try place("submit", "late.swift", "--ranks", "1")
        #expect(result.status == 1)
        #expect(
            result.errors.contains("attempt 1: ended by its time limit of 1.0 s (timeLimit:)\n"), "\(result.errors)")
        #expect(!result.errors.contains("Interrupted"))
        let line = try #require(result.errors.split(separator: "\n").first { $0.contains("work folder: ") })
        #expect(FileManager.default.fileExists(atPath: String(line.drop { $0 != "/" }) + "/note.txt"))
    }

    @Test func `recipes that are wrong or missing end with 78 and 66 and make no run`() throws {
        let place = try Workplace()
        try place.write("let recipe = Recipe(\"r\") { Comand([\"ls\"]) }", to: "wrong.swift")
        let wrong = try place("submit", "wrong.swift", "--ranks", "2")
        #expect(wrong.status == 78 && wrong.errors.contains("Did you mean 'Command'?"), "\(wrong)")
        #expect(try place("submit", "nothere.swift").status == 66)
        #expect(try place("run", "nothere.swift").status == 66)
        let both = try place.run(Programs.mpirun(2, [Programs.path("orchestrate"), "run", "wrong.swift"]))
        #expect(both.status == 78, "\(both)")
        #expect(!FileManager.default.fileExists(atPath: place.folder + "/.orchestrate/runs"))
    }

    // MARK: From other shells

    @Test func `a detached run prints its name, and wait ends with its code`() throws {
        let place = try Workplace()
        try place.write(Self.hello, to: "hello.swift")
        try place.write(Self.broken, to: "broken.swift")
        let good = try place("submit", "hello.swift", "--ranks", "1", "--detach", "--name", "good-run")
        #expect(good.status == 0 && good.output == "good-run\n" && good.errors.isEmpty, "\(good)")
        #expect(try place("wait", "good-run").status == 0)
        let bad = try place("submit", "broken.swift", "--ranks", "1", "--detach", "--name", "bad-run")
        #expect(bad.status == 0 && bad.output == "bad-run\n")
        let waited = try place("wait", "bad-run", "--json")
        #expect(waited.status == 1)
        #expect(try Workplace.object(waited)["status"] as? String == "failed")
        let watched = try place("watch", "bad-run")
        #expect(watched.status == 1 && watched.errors.contains("FAILED bad[rate=0.1], attempt 1"), "\(watched.errors)")
    }

    @Test func `a run is cancelled from another shell, which hears how it ended`() throws {
        let place = try Workplace()
        try place.write(Self.slow(50), to: "slow.swift")
        let name = try place("submit", "slow.swift", "--ranks", "2", "--detach").output
            .trimmingCharacters(in: .newlines)
        try place.waitUntilRunning(name)
        let result = try place("cancel", name, "--json")
        #expect(result.status == 0)
        let object = try Workplace.object(result)
        #expect(object["run"] as? String == name && object["asked"] as? String == "cancel")
        #expect(object["status"] as? String == "cancelled")
        #expect(try place("wait", name).status == 130)
        let late = try place("cancel", name)
        #expect(late.status == 64 && late.errors.contains("is not going (cancelled)"), "\(late)")
    }
}
