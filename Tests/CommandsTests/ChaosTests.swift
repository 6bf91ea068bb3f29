import Foundation
import TestSupport
import Testing

@Suite("Rehearsed faults", .serialized, .enabled(if: Workplace.isBuilt, "the executable has not been built"))
struct ChaosTests {
    /// `slow` counts half-seconds and keeps its count; `clock`, where it is wanted, gives other bytes each time.
    private func project(_ extra: String = "") throws -> Workplace {
        let place = try Workplace()
        try place.write(
            #"""
            i=$(cat "$ORCHESTRATE_CHECKPOINT_DIR/count" 2>/dev/null || echo 0)
            trap 'exit 143' TERM
            while [ $i -lt 8 ]; do
                sleep 0.25
                i=$((i + 1))
                echo $i > "$ORCHESTRATE_CHECKPOINT_DIR/count"
                echo "{\"step\": $i, \"total\": 8}" >> "$ORCHESTRATE_METRICS"
            done
            echo $i
            """#, to: "slow.sh")
        try place.write(
            """
            let recipe = Recipe("tides") {
                let tide = Command(["echo", "ebb"], standardOutput: "tide.txt")
                let slow = Command(["sh", "slow.sh"], inputs: ["tide": tide], standardOutput: "count.txt")
                let both = Command(["cat", "{input:tide}", "{input:slow}"], inputs: ["tide": tide, "slow": slow],
                    standardOutput: "both.txt")
                both
                \(extra)
            }
            """, to: "tides.swift")
        return place
    }

    private func verdict(_ place: Workplace, _ arguments: String...) throws -> [String: Any] {
        let result = try place.run(
            [Programs.path("orchestrate"), "chaos", "tides.swift", "--json", "--ranks", "2"] + arguments)
        #expect(result.status == 0, "\(result)")
        return try Workplace.object(result)
    }

    @Test func `ranks, coordinator and supervisor die, an allocation is taken away, and nothing is lost`() throws {
        let place = try project()
        let found = try verdict(
            place, "--kill", "rank=1@step=2", "--kill", "coordinator@step=4", "--kill", "everything@step=5",
            "--preempt", "@step=6", "--grace", "5s")
        #expect(found["equal"] as? Bool == true && found["outputs"] as? Int == 3, "\(found)")
        #expect((found["struck"] as? [Any])?.count == 4 && (found["missed"] as? [Any])?.isEmpty == true, "\(found)")
        #expect(found["submissions"] as? Int == 3, "\(found)")
        let left = try FileManager.default.contentsOfDirectory(atPath: place.folder)
        #expect(
            left.sorted() == [".orchestrate", "slow.sh", "tides.swift"] || left.sorted() == ["slow.sh", "tides.swift"])
    }

    @Test func `outputs that differ are found, and those of units that may differ are not compared`() throws {
        let other = #"let clock = Command(["date", "+%N"], standardOutput: "now"\#n    clock"#
        let place = try project(other.replacingOccurrences(of: "\"now\"", with: "\"now\")"))
        let result = try place("chaos", "tides.swift", "--ranks", "1", "--kill", "supervisor@step=2")
        #expect(result.status == 2 && result.output.contains("DIFFERS: clock/now"), "\(result)")
        let honest = try project(other.replacingOccurrences(of: "\"now\"", with: "\"now\", deterministic: false)"))
        let found = try honest("chaos", "tides.swift", "--ranks", "1", "--kill", "supervisor@step=2", "--json")
        #expect(found.status == 0, "\(found)")
        #expect(try Workplace.object(found)["records"] as? Int == 1)
    }

    @Test(.enabled(if: Self.mayMount, "nothing can be mounted here"))
    func `a full disk costs nothing but the time until there is room`() throws {
        let found = try verdict(try project(), "--fill-disk", "@step=3", "--disk-size", "64")
        #expect(found["equal"] as? Bool == true && (found["struck"] as? [Any])?.count == 1, "\(found)")
    }

    private static let mayMount =
        (try? Programs.run(["/usr/bin/env", "unshare", "--mount", "true"]).status) == 0

    @Test func `what cannot be is refused before anything runs`() throws {
        let place = try project()
        for (arguments, words) in [
            ([], "say what is to happen"), (["--kill", "rank=7@10%", "--ranks", "2"], "there is no rank 7"),
            (["--kill", "launcher@10%", "--ranks", "1"], "no launcher"), (["--kill", "rank=0"], "does not say when"),
            (["--kill", "me@10%"], "who is rank=N"), (["--kill", "rank=0@soon"], "when is step=40"),
            (["--kill", "rank=0@110%"], "when is step=40"), (["--preempt", "now@10%"], "begins with @"),
            (["--stop", "coordinator@10%"], "only ranks are stopped"),
        ] as [([String], String)] {
            let result = try place.run([Programs.path("orchestrate"), "chaos", "tides.swift"] + arguments)
            #expect(result.status == 64 && result.errors.contains(words), "\(arguments) \(result)")
        }
        let late = try place("chaos", "tides.swift", "--ranks", "1", "--kill", "supervisor@step=900")
        #expect(late.status == 1 && late.output.contains("NEVER CAME"), "\(late)")
        try place.write("let recipe = Recipe(\"t\") { Command([\"false\"], standardOutput: \"x\") }", to: "tides.swift")
        let broken = try place("chaos", "tides.swift", "--ranks", "1", "--kill", "supervisor@1s")
        #expect(broken.status == 1 && broken.errors.contains("ended with exit code 1"), "\(broken)")
    }
}
