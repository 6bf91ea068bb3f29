import Foundation
import TestSupport
import Testing

/// Failed programs that are tried again, and those that are not.
@Suite("Retries", .enabled(if: Workplace.isBuilt, "the executable has not been built"))
struct RetryTests {
    private func attempts(_ result: Workplace.Result) throws -> [String: Int] {
        let units = try #require(Workplace.object(result)["units"] as? [[String: Any]])
        return Dictionary(
            units.compactMap { unit in
                (unit["name"] as? String).flatMap { name in (unit["attempt"] as? Int).map { (name, $0) } }
            }, uniquingKeysWith: { $1 })
    }

    @Test func `only the failures that a recipe names are repeated`() throws {
        let place = try Workplace()
        // Ends with its first argument until it was begun so often as the second says.
        try place.write(
            #"""
            echo begun >> "$ORCHESTRATE_CHECKPOINT_DIR/begun"
            [ $(wc -l < "$ORCHESTRATE_CHECKPOINT_DIR/begun") -gt $2 ] && echo well && exit 0
            [ $1 -gt 200 ] && kill -$(($1 - 200)) $$
            exit $1
            """#, to: "flaky.sh")
        try place.write(
            #"""
            let recipe = Recipe("flaky") {
                let named = Command(["sh", "flaky.sh", "17", "1"], standardOutput: "o", retry: 3, on: [.exitCode(17)])
                let other = Command(["sh", "flaky.sh", "3", "1"], standardOutput: "o", retry: 3, on: [.exitCode(17), .timeLimit])
                let signal = Command(["sh", "flaky.sh", "215", "1"], standardOutput: "o", retry: 1, on: [.signal(15)])
                let any = Command(["sh", "flaky.sh", "4", "1"], standardOutput: "o", retry: 1)
                let slow = Command(["sh", "-c", "sleep 20"], standardOutput: "o", timeLimit: 0.2.seconds, retry: 1, on: [.timeLimit],
                    grace: 0.1.seconds)
                named
                other
                signal
                any
                slow
            }
            """#, to: "flaky.swift")
        let result = try place("run", "flaky.swift", "--json")
        #expect(result.status == 1, "\(result)")
        let states = try Workplace.states(Workplace.object(result))
        #expect(
            states == ["named": "ran", "other": "failed", "signal": "ran", "any": "ran", "slow": "failed"], "\(result)")
        #expect(try attempts(result) == ["named": 2, "other": 1, "signal": 2, "any": 2, "slow": 2])
    }

    @Test func `a rule that cannot work is refused when it is planned`() throws {
        let place = try Workplace()
        for (rule, word) in [
            ("on: [.exitCode(1)]", "say how often with retry:"),
            ("retry: 2, on: [.outOfMemory(memory: .doubled)]", "memory: 2.gibibytes"),
            ("retry: 2, on: [.exitCode]", "exitCode"), ("retry: 2, on: [.weather]", "weather"),
        ] {
            try place.write(
                """
                let recipe = Recipe("t") {
                    let one = Command(["true"], standardOutput: "o", \(rule))
                    one
                }
                """, to: "t.swift")
            let result = try place("plan", "t.swift")
            #expect(result.status == 78 && result.errors.contains(word), "\(rule): \(result)")
        }
    }

    private static let groups = "/sys/fs/cgroup/memory"

    /// A control group in which memory runs out early; needs root and version 1 of control groups.
    private static let canLimitMemory: Bool = {
        let path = groups + "/orchestrate-probe-\(getpid())"
        guard mkdir(path, 0o700) == 0 else { return false }
        defer { rmdir(path) }
        return FileManager.default.fileExists(atPath: path + "/memory.limit_in_bytes")
    }()

    @Test(.enabled(if: canLimitMemory, "control groups cannot be made here"))
    func `a program for which memory runs out is told as that, and gets more`() throws {
        let place = try Workplace()
        let group = Self.groups + "/orchestrate-\(getpid())"
        try #require(mkdir(group, 0o700) == 0)
        defer { rmdir(group) }
        try "\(200 << 20)".write(toFile: group + "/memory.limit_in_bytes", atomically: false, encoding: .utf8)
        try place.write(
            #"""
            let recipe = Recipe("greedy") {
                let greedy = Command(["sh", "-c", "tail -c 400000000 /dev/zero | tail"], standardOutput: "o", memory: 100.mebibytes,
                    retry: 1, on: [.outOfMemory(memory: .doubled)])
                greedy
            }
            """#, to: "greedy.swift")
        let program = Programs.path("orchestrate")
        let result = try place.run([
            "/bin/sh", "-c", "echo $$ > \(group)/cgroup.procs; exec \(program) run greedy.swift --json",
        ])
        #expect(result.status == 1 && result.errors.contains("memory ran out"), "\(result)")
        #expect(try attempts(result) == ["greedy": 2])
    }
}
