import Foundation
import TestSupport
import Testing

/// What is asked of Slurm, whose programs are scripts here that answer as they do.
@Suite("Asking Slurm", .enabled(if: Workplace.isBuilt, "the executable has not been built"))
struct SlurmAskingTests {
    /// A project of one unit that works for a moment, and Slurm's programs before all others.
    private func project(partitions: String, unit: String = "") throws -> (Workplace, [String: String]) {
        let place = try Workplace()
        try place.write(
            "let recipe = Recipe(\"one\") { let one = Command([\"echo\", \"1\"], standardOutput: \"one.txt\"\(unit)); one }",
            to: "one.swift")
        for (name, text) in [
            ("sbatch", "cp \"$2\" '\(place.folder)/handed'; echo 7"), ("sinfo", "printf '\(partitions)'"),
            ("squeue", "exit 1"), ("scontrol", "exit 1"),
        ] {
            try FileManager.default.createDirectory(atPath: place.folder + "/bin", withIntermediateDirectories: true)
            try place.write("#!/bin/sh\n\(text)\n", to: "bin/" + name)
            chmod(place.folder + "/bin/" + name, 0o755)
        }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return (place, ["PATH": place.folder + "/bin:" + path])
    }

    private func options(_ place: Workplace) throws -> Set<String> {
        let script = try String(contentsOfFile: place.folder + "/handed", encoding: .utf8)
        return Set(script.split(separator: "\n").filter { $0.hasPrefix("#SBATCH --") }.map { String($0.dropFirst(10)) })
    }

    @Test func `a walltime from the forecast stays within the partition, and the command line wins over the site`()
        throws
    {
        let (place, environment) = try project(partitions: #"main*|4:00|1\n"#)
        try place.write(
            "slurm: {time: auto, account: robots, sbatch: [qos=low], prologue: [module load mpi]}", to: "site.yaml")
        let result = try place("submit", "one.swift", "--on", "slurm", "--account", "arms", environment: environment)
        #expect(result.status == 0 && result.errors.contains("longer than the partition allows"), "\(result)")
        let asked = try options(place)
        #expect(asked.isSuperset(of: ["time=00:04:00", "account=arms", "qos=low"]), "\(asked)")
        #expect(try place("submit", "one.swift", "--on", "slurm", "--time", "2h", environment: environment).status == 0)
        #expect(try options(place).contains("time=02:00:00"))
    }

    @Test func `memory and graphics processors follow from the units, where Slurm knows of memory`() throws {
        let unit = ", cpus: 2, memory: 8.gibibytes, resources: [\"gpus\": 2]"
        let (place, environment) = try project(partitions: #"main*|infinite|64000\n"#, unit: unit)
        _ = try place("submit", "one.swift", "--on", "slurm", "--name", "a", environment: environment)
        // A quarter more and 256 MiB, for two processors.
        #expect(try options(place).isSuperset(of: ["mem-per-cpu=5248M", "gres=gpu:2", "cpus-per-task=2"]))
        let launch = try String(contentsOfFile: place.folder + "/.orchestrate/runs/a/launch.json", encoding: .utf8)
        #expect(launch.contains("\"gpus\":2"), "\(launch)")
        _ = try place(
            "submit", "one.swift", "--on", "slurm", "--sbatch", "mem=0", "--sbatch", "gpus=1", environment: environment)
        let asked = try options(place)
        #expect(!asked.contains { $0.hasPrefix("mem-per-cpu") || $0.hasPrefix("gres") }, "\(asked)")
        let (plain, other) = try project(partitions: #"main*|infinite|1\n"#, unit: unit)
        _ = try plain("submit", "one.swift", "--on", "slurm", environment: other)
        #expect(try !options(plain).contains { $0.hasPrefix("mem-per-cpu") })
    }

    @Test func `what does not fit into the time that is left waits for the next allocation`() throws {
        let (place, environment) = try project(partitions: #"main*|infinite|1\n"#)
        let run = try place("submit", "one.swift", "--on", "slurm", environment: environment).output
            .trimmingCharacters(in: .whitespacesAndNewlines)
        func go(until seconds: Double) throws -> Workplace.Result {
            try place(
                "run", "--resume", run, "--walltime-end", "\(Int(Date().timeIntervalSince1970 + seconds))",
                environment: environment)
        }
        let request = "\(place.folder)/.orchestrate/runs/\(run)/control/moreTime"
        #expect(try go(until: -5).status == 0)
        #expect(FileManager.default.fileExists(atPath: request))
        #expect(try Workplace.states(Workplace.object(place("status", run, "--json"))) == ["one": "pending"])
        try FileManager.default.removeItem(atPath: request)
        #expect(try go(until: 600).status == 0)
        #expect(!FileManager.default.fileExists(atPath: request))
        #expect(try Workplace.states(Workplace.object(place("status", run, "--json"))) == ["one": "ran"])
    }

    @Test func `a job that Slurm refuses leaves no run`() throws {
        let (place, environment) = try project(partitions: "")
        try place.write("#!/bin/sh\necho 'sbatch: error: invalid account' >&2\nexit 1\n", to: "bin/sbatch")
        chmod(place.folder + "/bin/sbatch", 0o755)
        let result = try place("submit", "one.swift", "--on", "slurm", environment: environment)
        #expect(result.status == 69 && result.errors.contains("invalid account"), "\(result)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.folder + "/.orchestrate/runs").isEmpty)
    }
}
