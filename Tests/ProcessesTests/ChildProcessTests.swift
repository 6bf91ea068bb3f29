import Foundation
import Processes
import TestSupport
import Testing

@Suite("Child processes")
struct ChildProcessTests {
    /// Runs a shell script to its end and returns its standard output.
    private func run(_ script: String, cpus: [Int] = []) throws -> (ChildProcess.End, String) {
        let folder = try TemporaryDirectory()
        let output = folder.path + "/out"
        let descriptor = open(output, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        var configuration = ChildProcess.Configuration(
            program: "/bin/sh", arguments: ["-c", script], environment: ["PATH": "/usr/bin:/bin", "WORD": "two words"],
            directory: folder.path, standardOutput: descriptor, standardError: descriptor)
        configuration.cpus = cpus
        var child = try ChildProcess(configuration)
        while true {
            if let end = try child.poll() { return (end, try String(contentsOfFile: output, encoding: .utf8)) }
            usleep(1000)
        }
    }

    @Test func `a child gets its arguments, its environment and nothing else`() throws {
        let (end, text) = try run("echo $WORD; ls /proc/self/fd | tr '\\n' ' '; exit 3")
        #expect(end == .exited(code: 3))
        // `ls` itself opens the folder it lists.
        #expect(text == "two words\n0 1 2 3 ")
    }

    @Test func `a child runs on the processors it is given`() throws {
        let cpu = try #require(ProcessControl.allowedCpus().last)
        let (_, text) = try run("grep Cpus_allowed_list /proc/self/status", cpus: [cpu])
        #expect(text.split(separator: "\t").last.map { $0.trimmingCharacters(in: .newlines) } == "\(cpu)")
    }

    @Test func `a child leads a process group that ends together`() throws {
        let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
        defer { close(null) }
        let configuration = ChildProcess.Configuration(
            program: "/bin/sh", arguments: ["-c", "sleep 60 & sleep 60"], environment: [:], directory: "/",
            standardOutput: null, standardError: null)
        var child = try ChildProcess(configuration)
        #expect(getpgid(child.id) == child.id)
        child.signalGroup(SIGKILL)
        var end: ChildProcess.End?
        while end == nil {
            end = try child.poll()
            usleep(1000)
        }
        #expect(end == .killed(signal: SIGKILL))
    }

    @Test func `a program that is not there is named with where it was looked for`() {
        #expect(
            throws: ProcessError(.notFound, "no program 'no-such' on PATH (/usr/bin:/bin); install it or give its path")
        ) {
            try ExecutableSearch.find("no-such", path: "/usr/bin:/bin", directory: "/")
        }
    }

    @Test func `processes are found by the mark in their environment`() throws {
        let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
        defer { close(null) }
        var child = try ChildProcess(
            ChildProcess.Configuration(
                program: "/bin/sleep", arguments: ["60"], environment: ["ORCHESTRATE_MARK": "x-\(getpid())"],
                directory: "/", standardOutput: null, standardError: null))
        #expect(ProcessTable.processes(marked: "ORCHESTRATE_MARK") { $0 == "x-\(getpid())" } == [child.id])
        child.signalGroup(SIGKILL)
        while try child.poll() == nil { usleep(1000) }
    }
}

@Suite("Redaction")
struct RedactionTests {
    @Test func `secrets are blotted out however the bytes arrive`() {
        let secrets = ["token", "tokens-long", "aab"]
        let text = "x token tokens-lon tokens-long aaab aa toke"
        let expected = "x *** ***s-lon *** a*** aa toke"
        for seed in UInt64(0)..<200 {
            var random = SplitMix(state: seed)
            var redactor = Redactor(secrets)
            var result: [UInt8] = []
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...rest.count, using: &random)
                result += redactor.pass(rest.prefix(count))
                rest = rest.dropFirst(count)
            }
            result += redactor.finish()
            #expect(String(decoding: result, as: UTF8.self) == expected, "seed \(seed)")
        }
    }
}
