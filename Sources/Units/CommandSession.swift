import Determinism
import Foundation
import Glibc
import Processes
import Recipes
import WorkGraph

/// A program that did not do what was asked.
struct CommandError: ExitCoded, FailureWithCause, CustomStringConvertible {
    let description: String
    let failureCause: FailureCause

    init(_ description: String, cause: FailureCause = .other) {
        self.description = description
        failureCause = cause
    }

    var exitCode: Int32 { ExitCode.unitFailed }
}

/// One run of a program: starts it, follows its metrics, passes on stop requests, and judges its end.
struct CommandSession: ~Copyable {
    private let context: UnitContext
    private let expectedExitCodes: [Int]
    private let graceSeconds: Double
    private let program: String
    private var child: ChildProcess
    private var metrics: MetricsFollower
    private let logs: CommandLogs
    private let endedForMemoryBefore = MemoryPressure.endedProcesses()

    init(
        arguments: [String], environment: [String: String], secrets: [String], standardOutput: String?,
        graceSeconds: Double, expectedExitCodes: [Int], context: UnitContext
    ) throws {
        let path = try ExecutableSearch.find(
            arguments[0], path: environment["PATH"] ?? "/usr/bin:/bin", directory: context.projectDirectory)
        let logs = try CommandLogs(
            output: standardOutput.map { context.output($0) } ?? context.place.logPath("out"),
            errors: context.place.logPath("err"), secrets: secrets)
        var configuration = ChildProcess.Configuration(
            program: path, arguments: Array(arguments.dropFirst()), environment: environment,
            directory: context.workDirectory, standardOutput: logs.output, standardError: logs.errors)
        configuration.cpus = context.processors
        let child = try ChildProcess(configuration)
        logs.handOver()
        self.init(
            child, logs, context, program: arguments[0], metrics: environment["ORCHESTRATE_METRICS"] ?? "",
            graceSeconds: graceSeconds, expectedExitCodes: expectedExitCodes)
    }

    /// - Parameter metrics: the path of the program's metrics.
    private init(
        _ child: consuming ChildProcess, _ logs: CommandLogs, _ context: UnitContext, program: String, metrics: String,
        graceSeconds: Double, expectedExitCodes: [Int]
    ) {
        self.child = child
        self.logs = logs
        self.context = context
        self.program = program
        self.metrics = MetricsFollower(path: metrics)
        self.graceSeconds = graceSeconds
        self.expectedExitCodes = expectedExitCodes
    }

    /// Waits for the program's end.
    mutating func run() throws {
        var pause: UInt32 = 500
        var askedAt: Date?
        while true {
            if let end = try child.poll() {
                // Whatever it left running in its group goes with it.
                child.signalGroup(SIGKILL)
                logs.finish()
                metrics.follow(context.reporter)
                metrics.finish(context.reporter)
                return try judge(end, wasAsked: askedAt != nil || wasEndedWithUs(end))
            }
            if askedAt == nil, context.stop != .none {
                askedAt = Date()
                child.signalGroup(SIGTERM)
            }
            if let askedAt, Date().timeIntervalSince(askedAt) > graceSeconds { child.signalGroup(SIGKILL) }
            metrics.follow(context.reporter)
            usleep(pause)
            pause = min(pause * 2, 20_000)
        }
    }

    /// Whether a program that SIGTERM ended was not alone: a batch system that takes an allocation back signals every process of it, and
    /// the program may be quicker than the request that follows from our own signal.
    private func wasEndedWithUs(_ end: ChildProcess.End) -> Bool {
        guard end == .killed(signal: SIGTERM) || end == .exited(code: 128 + SIGTERM) else { return false }
        for _ in 0..<100 {
            if context.stop != .none { return true }
            usleep(10_000)
        }
        return false
    }

    private func judge(_ end: ChildProcess.End, wasAsked: Bool) throws {
        if case .exited(let code) = end, expectedExitCodes.contains(Int(code)) {
            let isComplete = context.unit.outputs.allSatisfy {
                FileManager.default.fileExists(atPath: context.output($0.name))
            }
            if !wasAsked || isComplete { return }
        }
        if wasAsked, isStop(end) { throw Interrupted() }
        let when = wasAsked ? " after it was asked to stop" : ""
        if !wasAsked, end == .killed(signal: SIGKILL) || end == .exited(code: 128 + SIGKILL), memoryRanOut {
            throw CommandError(
                "'\(program)' was ended by the system because memory ran out; declare what it needs with memory:",
                cause: .outOfMemory)
        }
        switch end {
        case .exited(let code):
            let expected = expectedExitCodes.map(String.init).joined(separator: ", ")
            throw CommandError(
                "'\(program)' ended with exit code \(code)\(when), expected \(expected)", cause: .exitCode(Int(code)))
        case .killed(let signal):
            throw CommandError("'\(program)' was ended by \(end)\(when)", cause: .signal(Int(signal)))
        }
    }

    /// Whether the system has ended a process of this control group for want of memory since the program began.
    private var memoryRanOut: Bool {
        guard let before = endedForMemoryBefore, let now = MemoryPressure.endedProcesses() else { return false }
        return now > before
    }

    /// Whether a program that was asked to stop ended because of that, and not of a fault of its own.
    ///
    /// That is: by the signals it was sent, with the code a shell gives to a child they ended, with a code that means success while
    /// outputs are still missing, or with the code for "checkpointed, run me again".
    private func isStop(_ end: ChildProcess.End) -> Bool {
        switch end {
        case .killed(let signal): signal == SIGTERM || signal == SIGKILL
        case .exited(let code):
            expectedExitCodes.contains(Int(code)) || code == 128 + SIGTERM || code == 128 + SIGKILL
                || code == ExitCode.requeue
        }
    }
}

/// Reads the lines a program appends to its metrics file: `{"step": 3, "total": 10, "loss": 1.5}`.
struct MetricsFollower {
    private let path: String
    private var position: UInt64 = 0
    private var rest: [UInt8] = []
    private var last: [String: Double] = [:]
    private var nextLook = Date.distantPast

    init(path: String) { self.path = path }

    /// Passes on lines that are new since the last look.
    mutating func follow(_ reporter: any UnitReporter) {
        let now = Date()
        guard now >= nextLook else { return }
        nextLook = now.addingTimeInterval(0.1)
        read(reporter)
    }

    /// Passes on the remaining lines and keeps their last figures as the unit's.
    mutating func finish(_ reporter: any UnitReporter) {
        read(reporter)
        for name in last.keys.sorted() { reporter.figure(name, last[name] ?? 0) }
    }

    private mutating func read(_ reporter: any UnitReporter) {
        guard let file = FileHandle(forReadingAtPath: path) else { return }
        defer { try? file.close() }
        // A file that got shorter was written anew.
        if let end = try? file.seekToEnd(), end < position {
            position = 0
            rest = []
        }
        guard (try? file.seek(toOffset: position)) != nil, let data = try? file.readToEnd(), !data.isEmpty else {
            return
        }
        position += UInt64(data.count)
        rest += data
        while let end = rest.firstIndex(of: 10) {
            pass(Array(rest[..<end]), reporter)
            rest.removeSubrange(...end)
        }
    }

    private mutating func pass(_ line: [UInt8], _ reporter: any UnitReporter) {
        guard let object = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any] else { return }
        var figures: [String: Double] = [:]
        for (name, value) in object where name != "step" && name != "total" {
            if let number = value as? NSNumber { figures[name] = number.doubleValue }
        }
        last.merge(figures) { $1 }
        let step = (object["step"] as? NSNumber)?.intValue ?? 0
        let total = (object["total"] as? NSNumber)?.intValue ?? 0
        reporter.progress(step, of: total, figures: figures)
    }
}
