import Determinism
import DurableFiles
import Foundation
import Ledger
import Processes
import Ranks
import Recipes
import WorkGraph

/// Runs the attempts given to one rank, one after another, on the worker thread.
final class UnitRunner {
    private let briefing: RunBriefing
    private let catalogue: Catalogue
    private let store: ArtifactStore
    private let directory: RunDirectory
    private let bay: WorkerBay
    private let rank: Int
    /// The channel on which gangs are made; `nil` without MPI.
    private let gangs: Communicator?
    private let capture: OutputCapture?
    /// Files of small artifacts that were written out before.
    private var materialized: [String: String] = [:]
    /// See ``Report/made``.
    private var made: [Digest] = []

    init(
        briefing: RunBriefing, catalogue: Catalogue, store: ArtifactStore, directory: RunDirectory, bay: WorkerBay,
        rank: Int, gangs: Communicator?, capture: OutputCapture?
    ) {
        self.briefing = briefing
        self.catalogue = catalogue
        self.store = store
        self.directory = directory
        self.bay = bay
        self.rank = rank
        self.gangs = gangs
        self.capture = capture
    }

    /// Runs one attempt to its end.
    func run(_ assignment: Assignment) -> Report {
        let start = Date().timeIntervalSince1970
        let unit: WorkUnit
        do {
            unit = try briefing.units.unit(assignment.unit)
        } catch {
            return Report(
                unit: assignment.unit, attempt: assignment.attempt,
                outcome: .failed(message: error.message, retry: .never), startSeconds: start, endSeconds: start)
        }
        let leads = assignment.ranks.first == rank
        made = []
        let reporter = AttemptReporter(
            unit: assignment.unit,
            logPath: { [directory] in directory.logPath(unit.name, attempt: assignment.attempt, stream: $0) }, bay: bay,
            speaks: leads)
        var outcome: Report.Outcome
        if bay.stopRequest(assignment.unit, assignment.attempt) != .none {
            outcome = .interrupted
        } else {
            outcome = attempt(assignment, unit, reporter, leads: leads, start: start)
        }
        reporter.finish()
        capture?.collect { directory.logPath(unit.name, attempt: assignment.attempt, stream: $0) }
        if case .failed(let message, _) = outcome, leads {
            // The log keeps the cause too, after what led to it.
            UnitLog.append(
                Array("failed: \(message)\n".utf8),
                to: directory.logPath(unit.name, attempt: assignment.attempt, stream: "err"))
        }
        var report = Report(
            unit: assignment.unit, attempt: assignment.attempt, outcome: outcome, startSeconds: start,
            endSeconds: Date().timeIntervalSince1970, figures: leads ? reporter.figures : [:])
        report.made = made
        if report.endSeconds - start > 0.05 { report.peakMemoryBytes = Self.takePeakMemoryBytes() }
        return report
    }

    private func attempt(
        _ assignment: Assignment, _ unit: WorkUnit, _ reporter: AttemptReporter, leads: Bool, start: Double
    ) -> Report.Outcome {
        let deadline = unit.resources.timeLimitSeconds.map { start + $0 }
        bay.watch.begin(unit.name, deadline: deadline)
        defer { bay.watch.end() }
        let stop: @Sendable () -> StopRequest = { [bay] in
            if let deadline {
                let now = Date().timeIntervalSince1970
                if now > deadline {
                    bay.watch.asked(at: now)
                    return .cancel
                }
            }
            return bay.stopRequest(assignment.unit, assignment.attempt)
        }
        var place: AttemptPlace?
        do {
            let (gang, communicator) = try gang(of: assignment)
            let staging = try sharedStaging(assignment, unit, gang)
            let made = AttemptPlace(
                store: store, unit: unit, attempt: assignment.attempt, isDuplicate: assignment.isDuplicate,
                fence: briefing.fence,
                workPath: { [directory] in directory.workDirectory(unit.name, attempt: assignment.attempt) },
                logs: { [directory] in directory.logPath(unit.name, attempt: assignment.attempt, stream: $0) },
                staging: staging)
            place = made
            guard let kind = catalogue[unit.kind] else {
                throw ExecutionError(
                    .unknownKind,
                    "this program has no unit kind '\(unit.kind)'; run the recipe with the program that defines it")
            }
            let context = UnitContext(
                unit: unit, attempt: assignment.attempt, runName: briefing.runName, gang: gang,
                threads: max(1, unit.resources.cpus), inputs: try inputs(of: unit, assignment), place: made,
                processors: assignment.processors, deadline: deadline, projectDirectory: briefing.projectDirectory,
                reporter: reporter, stopRequest: stop)
            try kind.instantiate(for: unit).run(context)
            if let failure = made.failure { throw failure }
            try gang.barrier()
            let outcome = leads ? try commit(assignment, unit, made, reporter.figures) : .member
            try communicator?.free()
            return outcome
        } catch {
            let outcome = failure(error, assignment, unit, deadline: deadline, cause: place?.failure)
            // What a failed attempt was about can be looked at; one that stopped as asked is done with.
            if case .failed = outcome { place?.clear(keepingWork: true) } else { place?.clear(keepingWork: false) }
            return outcome
        }
    }

    private func failure(
        _ error: any Error, _ assignment: Assignment, _ unit: WorkUnit, deadline: Double?, cause: (any Error)?
    ) -> Report.Outcome {
        if let deadline, Date().timeIntervalSince1970 > deadline {
            let limit = unit.resources.timeLimitSeconds ?? 0
            // Stopping is what it was told to do; another error may say more than the limit does.
            let more = error is Interrupted ? "" : "; \(cause ?? error)"
            return .failed(
                message: "ended by its time limit of \(limit) s (timeLimit:)\(more)", retry: retry(unit, .timeLimit))
        }
        let wasAsked = bay.stopRequest(assignment.unit, assignment.attempt) != .none
        let wasAbandoned = (error as? RanksError)?.code == .interrupted
        if wasAsked, error is Interrupted || wasAbandoned { return .interrupted }
        let found = (cause ?? error) as? any FailureWithCause
        return .failed(message: "\(cause ?? error)", retry: retry(unit, found?.failureCause ?? .other))
    }

    private func retry(_ unit: WorkUnit, _ cause: FailureCause) -> Report.Retry {
        let rule = RetryRule(unit.options)
        guard rule.repeats(cause) else { return .never }
        return rule.doublesMemory(after: cause) ? .withMoreMemory : .again
    }

    /// The gang of an attempt, and its communicator when it has more than one rank.
    private func gang(of assignment: Assignment) throws -> (any Gang, Communicator?) {
        guard assignment.ranks.count > 1, let gangs else { return (SoloGang(), nil) }
        let made = try gangs.createGroup(of: assignment.ranks, tag: Int32(assignment.unit % 30_000))
        let gang = MPIGang(made) { [bay] in bay.abandonment(assignment.unit, assignment.attempt) }
        return (gang, made)
    }

    /// One staging area for the whole gang, made by its leading rank before any other may write.
    private func sharedStaging(_ assignment: Assignment, _ unit: WorkUnit, _ gang: any Gang) throws -> StagingArea? {
        guard gang.count > 1 else { return nil }
        var path: [UInt8] = []
        if gang.rank == 0 {
            path = Array(try store.staging(for: unit.key, attempt: assignment.attempt, fence: briefing.fence).path.utf8)
        }
        return StagingArea(path: String(decoding: try gang.broadcast(path), as: UTF8.self))
    }

    private func inputs(of unit: WorkUnit, _ assignment: Assignment) throws -> [String: [ResolvedInput]] {
        var result: [String: [ResolvedInput]] = [:]
        for (binding, parts) in zip(unit.inputs, assignment.inputs) {
            result[binding.port] = try zip(binding.parts, parts).map { reference, part in
                ResolvedInput(path: try path(of: part, output: reference.output), digest: part.digest)
            }
        }
        return result
    }

    private func path(of part: Assignment.Part, output: String) throws -> String {
        guard part.isInline else { return store.layout.artifact(part.artifact) + "/outputs/" + output }
        let name = part.artifact.hexDigits + "/" + output
        if let known = materialized[name] { return known }
        if store.lookup(part.artifact) == nil { try store.refresh() }
        guard let manifest = store.lookup(part.artifact) else {
            throw LedgerError(
                .damaged, "input '\(output)' of artifact \(part.artifact.short) is no longer in the store; submit again"
            )
        }
        let path = try store.outputPath(manifest, output)
        if materialized.count > 10_000 { materialized = [:] }
        materialized[name] = path
        return path
    }

    private func commit(
        _ assignment: Assignment, _ unit: WorkUnit, _ place: AttemptPlace, _ figures: [String: Double]
    ) throws -> Report.Outcome {
        if !place.hasCheckpoint, let outputs = place.keptOutputs() {
            place.clear(keepingWork: false)
            return .inline(outputs)
        }
        let staging = try place.completeStaging()
        if !place.hasCheckpoint, let outputs = try store.inlineOutputs(of: unit, in: staging) {
            place.clear(keepingWork: false)
            return .inline(outputs)
        }
        var contents: [String: [Digest]] = [:]
        for (binding, parts) in zip(unit.inputs, assignment.inputs) { contents[binding.port] = parts.map(\.digest) }
        let (manifest, outputs) = try store.commitBeside(
            unit, inputs: contents, figures: figures, staging: staging)
        place.clear(keepingWork: false)
        made = outputs.map(\.digest) == manifest.outputs.map(\.digest) ? [] : outputs.map(\.digest)
        return .stored(manifest.outputs)
    }

    /// Largest resident memory of this process, or of a child that has ended, since this was last asked, in bytes.
    private static func takePeakMemoryBytes() -> Int {
        let children = ChildMemory.take()
        guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return children }
        // 5 starts the peak anew, see proc(5); where that is not allowed it is the peak of the whole process.
        if let file = fopen("/proc/self/clear_refs", "w") {
            fputs("5", file)
            fclose(file)
        }
        return max(children, kibibytes << 10)
    }
}
