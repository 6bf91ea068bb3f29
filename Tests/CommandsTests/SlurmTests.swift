import Foundation
import TestSupport
import Testing

/// `submit --on slurm` with the built program; against a real Slurm where `scripts/slurm-local` has started one.
@Suite("Slurm", .serialized, .enabled(if: Workplace.isBuilt, "the executable has not been built"))
struct SlurmTests {
    private static let isThere =
        ProcessInfo.processInfo.environment["SLURM_CONF"] != nil
        && (try? Programs.run(["/usr/bin/env", "sinfo", "-h"], environment: [:], directory: "/").status) == 0
    private static let missing: Comment = "no Slurm; scripts/slurm-local run swift test … starts one"

    /// Slurm is asked every second here, so that tests end soon.
    private let hurry = ["ORCHESTRATE_SLURM_POLL": "1"]

    private func submitted(_ place: Workplace, _ arguments: String...) throws -> String {
        let result = try place.run(
            [Programs.path("orchestrate"), "submit"] + arguments + ["--on", "slurm"], environment: hurry)
        #expect(result.status == 0, "\(result)")
        return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Three units; `slow` counts to `steps`, half a second each, keeps its count as a checkpoint, and tells how often it began.
    private func project(steps: Int = 2) throws -> Workplace {
        let place = try Workplace()
        try place.write(
            #"""
            i=$(cat "$ORCHESTRATE_CHECKPOINT_DIR/count" 2>/dev/null || echo 0)
            echo "from $i" >> '\#(place.folder)/starts'
            trap 'exit 143' TERM
            while [ $i -lt $1 ]; do
                sleep 0.5
                i=$((i + 1))
                echo $i > "$ORCHESTRATE_CHECKPOINT_DIR/count"
                echo "{\"step\": $i, \"total\": $1}" >> "$ORCHESTRATE_METRICS"
            done
            echo $i
            """#, to: "slow.sh")
        try place.write("ebb\n", to: "tide.txt")
        try place.write(
            #"""
            let recipe = Recipe("tides") {
                let tide = Command(["cat", "tide.txt"], standardOutput: "tide.txt")
                let slow = Command(["sh", "slow.sh", "\#(steps)"], standardOutput: "count.txt")
                let both = Command(["cat", "{input:tide}", "{input:slow}"], inputs: ["tide": tide, "slow": slow],
                    standardOutput: "both.txt")
                both
            }
            """#, to: "tides.swift")
        return place
    }

    private func expectDone(_ run: String, in place: Workplace) throws {
        let waited = try place("wait", run, environment: hurry)
        let log =
            (try? String(contentsOfFile: "\(place.folder)/.orchestrate/runs/\(run)/logs/slurm.log", encoding: .utf8))
            ?? ""
        #expect(waited.status == 0, "\(waited) \(log)")
        let states = try Workplace.states(Workplace.object(place("status", run, "--json", environment: hurry)))
        #expect(states == ["tide": "ran", "slow": "ran", "both": "ran"])
    }

    private func attempts(of run: String, in place: Workplace) throws -> Int {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(place.folder)/.orchestrate/runs/\(run)/slurm.json"))
        let job = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
        return (job["attempts"] as? [Any])?.count ?? 0
    }

    private func job(of run: String, in place: Workplace) throws -> String {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(place.folder)/.orchestrate/runs/\(run)/slurm.json"))
        return try #require((try JSONSerialization.jsonObject(with: bytes) as? [String: Any])?["id"] as? String)
    }

    /// Slurm lets a job that went back wait for two minutes; tests do not.
    private func bringForward(_ run: String, in place: Workplace) throws {
        let number = try job(of: run, in: place)
        for _ in 0..<100 {
            let state = try place.run(["/usr/bin/env", "squeue", "-h", "-j", number, "-o", "%T %r"]).output
            if state.hasPrefix("PENDING") {
                _ = try place.run(["/usr/bin/env", "scontrol", "update", "jobid=\(number)", "StartTime=now"])
                return
            }
            usleep(200_000)
        }
        Issue.record("job \(number) of \(run) did not go back to the queue")
    }

    @Test func `a dry run prints a script that people can read, in which their options win`() throws {
        let place = try project()
        let result = try place(
            "submit", "tides.swift", "--on", "slurm", "--ranks", "8", "--nodes", "2", "--time", "90m", "--partition",
            "gpu",
            "--sbatch", "requeue=no", "--sbatch", "gres=gpu:4", "--prologue", "module load openmpi", "--dry-run",
            "--name", "ebb")
        #expect(result.status == 0, "\(result)")
        let lines = result.output.split(separator: "\n").map(String.init)
        #expect(lines.first == "#!/bin/bash")
        for line in [
            "ntasks=8", "nodes=2", "time=01:30:00", "partition=gpu", "gres=gpu:4", "requeue=no", "signal=B:USR1@60",
        ] {
            #expect(lines.contains("#SBATCH --" + line), "no \(line) in \(result.output)")
        }
        #expect(!lines.contains("#SBATCH --requeue"))
        #expect(lines.dropLast().last == "module load openmpi")
        #expect(lines.last?.hasPrefix("exec '") == true && lines.last?.contains("'--supervise' 'ebb'") == true)
        #expect(!FileManager.default.fileExists(atPath: place.folder + "/.orchestrate/runs/ebb"))
    }

    @Test func `what only Slurm understands is refused elsewhere`() throws {
        let place = try project()
        for arguments in [["--nodes", "2"], ["--time", "2h"], ["--dry-run"]] {
            let result = try place.run([Programs.path("orchestrate"), "submit", "tides.swift"] + arguments)
            #expect(result.status == 64 && result.errors.contains("is for --on slurm"), "\(result)")
        }
        #expect(try place("submit", "tides.swift", "--on", "slurm", "--time", "soon").status == 64)
    }

    @Test(.enabled(if: isThere, missing), arguments: [("1", "2"), ("2", "4")])
    func `a run on one node and on two ends as it does here`(nodes: String, ranks: String) throws {
        let place = try project()
        let run = try submitted(place, "tides.swift", "--nodes", nodes, "--ranks", ranks)
        try expectDone(run, in: place)
        let artifact = try place("artifact", run, "both").output.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(try String(contentsOfFile: artifact, encoding: .utf8) == "ebb\n2\n")
        #expect(try attempts(of: run, in: place) == 1)
    }

    @Test(.enabled(if: isThere, missing))
    func `a job in the queue is told as that, and can be cancelled`() throws {
        let place = try project()
        let run = try submitted(place, "tides.swift", "--ranks", "1", "--sbatch", "begin=now+1hour")
        let status = try place("status", run, environment: hurry)
        #expect(status.status == 0 && status.output.contains("PENDING (BeginTime)"), "\(status)")
        #expect(try place("cancel", run, environment: hurry).status == 0)
        #expect(try place("wait", run, environment: hurry).status == 130)
        let over = try place("status", run, environment: hurry)
        #expect(over.output.contains("CANCELLED"), "\(over)")
    }

    @Test(.enabled(if: isThere, missing))
    func `a run that is preempted goes on from its checkpoint`() throws {
        let place = try project(steps: 12)
        let run = try submitted(place, "tides.swift", "--nodes", "2", "--ranks", "2")
        try place.waitUntilRunning(run)
        usleep(2_000_000)
        let urgent = try place.run([
            "/usr/bin/env", "sbatch", "-p", "urgent", "-N2", "--exclusive", "-o", "/dev/null", "--wrap", "sleep 2",
        ])
        #expect(urgent.status == 0, "\(urgent)")
        try bringForward(run, in: place)
        try expectDone(run, in: place)
        #expect(try attempts(of: run, in: place) == 2)
        let starts = try String(contentsOfFile: place.folder + "/starts", encoding: .utf8).split(separator: "\n")
        #expect(starts.count == 2 && starts.first == "from 0" && starts.last != "from 0", "\(starts)")
    }

    @Test(.enabled(if: isThere, missing))
    func `when its time ends a run goes back to the queue and goes on`() throws {
        let place = try project(steps: 12)
        let run = try submitted(place, "tides.swift", "--ranks", "2")
        try place.waitUntilRunning(run)
        usleep(2_000_000)
        // What Slurm sends a minute before the walltime ends.
        let warned = try place.run(
            ["/usr/bin/env", "scancel", "--batch", "--signal=USR1", try job(of: run, in: place)])
        #expect(warned.status == 0, "\(warned)")
        try bringForward(run, in: place)
        try expectDone(run, in: place)
        #expect(try attempts(of: run, in: place) == 2)
        let starts = try String(contentsOfFile: place.folder + "/starts", encoding: .utf8).split(separator: "\n")
        #expect(starts.count == 2 && starts.last != "from 0", "\(starts)")
    }

    @Test(.enabled(if: isThere, missing))
    func `what programs read is frozen; data that changes before the job begins ends the run with both digests`() throws
    {
        let place = try project()
        let data = try Workplace()
        try data.write("ebb\n", to: "tide.txt")
        let recipe = try String(contentsOfFile: place.folder + "/tides.swift", encoding: .utf8)
        try place.write(
            recipe.replacingOccurrences(of: "\"cat\", \"tide.txt\"", with: "\"cat\", \"\(data.folder)/tide.txt\""),
            to: "far.swift")
        let run = try submitted(place, "tides.swift", "--ranks", "1", "--sbatch", "begin=now+4")
        let far = try submitted(place, "far.swift", "--ranks", "1", "--sbatch", "begin=now+4")
        for changed in [place, data] { try changed.write("flood\n", to: "tide.txt") }
        try place.write("exit 1", to: "slow.sh")
        try expectDone(run, in: place)
        let artifact = try place("artifact", run, "both").output.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(try String(contentsOfFile: artifact, encoding: .utf8) == "ebb\n2\n")
        #expect(try place("wait", far, environment: hurry).status == 1)
        let status = try place("status", far, environment: hurry)
        #expect(
            status.output.contains("tide.txt") && status.output.contains("was changed after the run was submitted"),
            "\(status)")
    }

    @Test(.enabled(if: isThere, missing))
    func `srun can start the ranks, on the processors and in the time that are asked for`() throws {
        let place = try project()
        try place.write("slurm: {partition: debug, time: auto, launcher: srun}\n", to: "site.yaml")
        let run = try submitted(place, "tides.swift", "--nodes", "1", "--ranks", "2")
        try expectDone(run, in: place)
        let folder = "\(place.folder)/.orchestrate/runs/\(run)"
        let script = try String(contentsOfFile: folder + "/job.sh", encoding: .utf8)
        #expect(script.contains("#SBATCH --partition=debug") && script.contains("#SBATCH --time=00:05:00"), "\(script)")
        #expect(try String(contentsOfFile: folder + "/launch.json", encoding: .utf8).contains("\"srun\""))
        let status = try Workplace.object(place("status", run, "--json", environment: hurry))
        #expect(status["rankCount"] as? Int == 2, "\(status)")
    }

    @Test(.enabled(if: isThere, missing))
    func `a node that goes down does not end the run`() throws {
        let place = try project(steps: 16)
        let run = try submitted(place, "tides.swift", "--nodes", "2", "--ranks", "2")
        try place.waitUntilRunning(run)
        usleep(1_500_000)
        _ = try place.run(["/usr/bin/env", "scontrol", "update", "nodename=n2", "state=down", "reason=test"])
        defer {
            _ = try? place.run(["/usr/bin/env", "scontrol", "update", "nodename=n2", "state=resume"])
            for _ in 0..<50 {
                let idle = try? place.run(["/usr/bin/env", "sinfo", "-h", "-p", "debug", "-t", "idle", "-o", "%D"])
                    .output
                if idle?.hasPrefix("2") == true { break }
                usleep(200_000)
            }
        }
        try expectDone(run, in: place)
        #expect(try attempts(of: run, in: place) == 1)
        let status = try Workplace.object(place("status", run, "--json", environment: hurry))
        #expect((status["faults"] as? [Any])?.isEmpty == false, "\(status)")
        #expect(status["rankCount"] as? Int == 1, "\(status)")
        let starts = try String(contentsOfFile: place.folder + "/starts", encoding: .utf8).split(separator: "\n")
        #expect(starts.count <= 2, "\(starts)")
    }

    @Test(.enabled(if: isThere, missing))
    func `a rank that is stopped is found by its pulse`() throws {
        let place = try project(steps: 16)
        let run = try submitted(place, "tides.swift", "--nodes", "2", "--ranks", "2", "--hung-after", "5s")
        try place.waitUntilRunning(run)
        usleep(1_000_000)
        let status = try Workplace.object(place("status", run, "--json", environment: hurry))
        let ranks = try #require(status["ranks"] as? [[String: Any]])
        #expect(Set(ranks.compactMap { $0["host"] as? String }) == ["n1", "n2"], "\(ranks)")
        let process = try #require(ranks.last?["process"] as? Int)
        kill(pid_t(process), SIGSTOP)
        try expectDone(run, in: place)
        let after = try Workplace.object(place("status", run, "--json", environment: hurry))
        let faults = try #require(after["faults"] as? [[String: Any]])
        #expect(faults.count == 1 && (faults[0]["cause"] as? String)?.contains("no sign of life") == true, "\(faults)")
        #expect(faults.first?["host"] as? String == "n2")
    }
}
