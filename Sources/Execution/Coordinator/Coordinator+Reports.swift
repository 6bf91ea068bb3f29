import Determinism
import Foundation
import Ledger
import Prediction
import Scheduling
import WorkGraph

extension Coordinator {
    /// Takes note of what a rank tells.
    func take(_ news: RankNews, into events: inout [RunEvent]) {
        for progress in news.progress {
            note(progress)
            journal.append([
                .progress(
                    progress.unit,
                    UnitProgress(
                        completed: progress.completed, total: progress.total, figures: progress.figures,
                        atSeconds: progress.atSeconds - runStart))
            ])
        }
        var toCommit: [Committer.Item] = []
        for report in news.reports { take(report, into: &events, toCommit: &toCommit) }
        committer.submit(toCommit, releasing: [])
    }

    private func take(_ report: Report, into events: inout [RunEvent], toCommit: inout [Committer.Item]) {
        let unit = report.unit
        let isDuplicate = duplicates[unit]?.attempt == report.attempt
        guard var launch = isDuplicate ? duplicates[unit] : launches[unit], launch.attempt == report.attempt else {
            return
        }
        launch.reports.append(report)
        guard launch.reports.count == launch.ranks.count else {
            if isDuplicate { duplicates[unit] = launch } else { launches[unit] = launch }
            releaseGang(of: launch.ranks, unit: unit, attempt: launch.attempt, after: report)
            return
        }
        for (rank, set) in launch.held { processors[machineOfRank[rank]].give(back: set) }
        let other = takeOff(unit, attempt: launch.attempt)
        if let first = firstResults[unit], first.outdone == launch.attempt {
            conclude(unit, launch, first: first, into: &events)
        } else {
            settle(unit, launch, other: other, into: &events, toCommit: &toCommit)
        }
    }

    /// When one rank of a gang has ended early the others must not wait for it.
    private func releaseGang(of ranks: [Int], unit: Int, attempt: Int, after report: Report) {
        let reason: String
        switch report.outcome {
        case .failed(let message, _): reason = "another rank of the gang failed: \(message)"
        case .interrupted: reason = "another rank of the gang stopped"
        case .inline, .stored, .member: return
        }
        // A rank that cannot be told will be found by the launcher.
        for rank in ranks { try? send(.abandon(unit: unit, attempt: attempt, reason: reason), to: rank) }
    }

    private func settle(
        _ unit: Int, _ launch: Launch, other: Launch?, into events: inout [RunEvent],
        toCommit: inout [Committer.Item]
    ) {
        let reports = launch.reports
        let start = reports.reduce(.infinity) { min($0, $1.startSeconds) }
        let end = reports.reduce(0) { max($0, $1.endSeconds) }
        let attempt = launch.attempt
        prepared.trace?.started(unit, at: start)
        if let failed = firstCause(of: reports) {
            if let other {
                noteLost(unit, launch, cause: failed.message, other: other)
                events.append(.failed(unit: unit, attempt: attempt, mayRetry: true))
                return
            }
            noteFailure(
                unit, attempt: attempt, cause: failed.message, unjournaledRanks: launch.isJournaled ? nil : launch.ranks
            )
            if failed.retry == .withMoreMemory { events.append(.outgrewMemory(unit: unit)) }
            events.append(.failed(unit: unit, attempt: attempt, mayRetry: failed.retry != .never))
            toRelease.append(graph.units[unit].key)
            return
        }
        if reports.contains(where: { if case .interrupted = $0.outcome { true } else { false } }) {
            if let other {
                noteLost(unit, launch, cause: "stopped as asked", other: other)
                events.append(.interrupted(unit: unit, attempt: attempt))
                return
            }
            journal.append([.ended(unit, state: .pending, atSeconds: now, cause: "stopped as asked")])
            events.append(.interrupted(unit: unit, attempt: attempt))
            toRelease.append(graph.units[unit].key)
            return
        }
        if let other { noteFirst(unit, launch, other: other) }
        finishedWork[unit] = FinishedWork(
            ranks: launch.ranks, start: start, end: end, isJournaled: launch.isJournaled,
            figures: reports.lazy.map(\.figures).first { !$0.isEmpty } ?? [:],
            peakMemoryBytes: reports.reduce(0) { max($0, $1.peakMemoryBytes) })
        events.append(.computed(unit: unit, attempt: attempt, seconds: end - start))
        forecast.observe(unit, seconds: end - start, ranks: launch.ranks.count)
        for report in reports {
            switch report.outcome {
            case .inline(let outputs):
                let figures = report.figures
                toCommit.append(
                    Committer.Item(
                        unit: unit, attempt: attempt,
                        commit: InlineCommit(
                            unit: graph.units[unit], inputs: contents(of: graph.units[unit]), outputs: outputs,
                            figures: figures)))
            case .stored(let outputs):
                products[unit] = Product(artifact: graph.units[unit].key, outputs: outputs, isInline: false)
                noteRan(unit, attempt: attempt)
                events.append(.committed(unit: unit))
            case .member, .failed, .interrupted: break
            }
        }
    }

    /// The failure that explains the others: of a rank that was not merely left waiting.
    private func firstCause(of reports: [Report]) -> (message: String, retry: Report.Retry)? {
        var first: (message: String, retry: Report.Retry)?
        for report in reports {
            guard case .failed(let message, let retry) = report.outcome else { continue }
            if !message.contains("another rank of the gang") { return (message, retry) }
            first = first ?? (message, retry)
        }
        return first
    }

    /// Takes note of a group commit.
    func take(_ result: Committer.Result, into events: inout [RunEvent]) {
        switch result.outcome {
        case .written: events.append(.written(unit: result.unit))
        case .committed(let manifest):
            products[result.unit] = Product(artifact: manifest.key, outputs: manifest.outputs, isInline: true)
            noteRan(result.unit, attempt: result.attempt)
            events.append(.committed(unit: result.unit))
        case .failed(let error):
            let work = finishedWork[result.unit]
            finishedWork[result.unit] = nil
            noteFailure(
                result.unit, attempt: result.attempt, cause: "its outputs could not be committed: \(error)",
                unjournaledRanks: work.flatMap { $0.isJournaled ? nil : $0.ranks })
            events.append(.failed(unit: result.unit, attempt: result.attempt, mayRetry: true))
            toRelease.append(graph.units[result.unit].key)
        }
    }

    // MARK: Writing down

    private func noteRan(_ unit: Int, attempt: Int) {
        toRelease.append(graph.units[unit].key)
        guard let work = finishedWork[unit], let product = products[unit] else { return }
        finishedWork[unit] = nil
        guard !contradicted.contains(unit) else { return }
        var entries: [JournalEntry] = []
        if work.isJournaled {
            entries.append(.ended(unit, state: .ran, atSeconds: work.end - runStart, cause: nil))
        } else {
            entries.append(
                .ran(
                    unit, attempt: attempt, ranks: work.ranks, startSeconds: work.start - runStart,
                    endSeconds: work.end - runStart))
        }
        entries.append(.outputs(unit, product.outputs, key: product.artifact))
        for (name, value) in work.figures.sorted(by: { $0.key < $1.key }) {
            entries.append(.figure(unit, name: name, value: value))
        }
        journal.append(entries)
        guard historySampling.takes(graph.units[unit].kind) else { return }
        history.append(
            History.Row(
                observation: Observation(
                    kind: graph.units[unit].kind, estimate: graph.units[unit].estimate, ranks: work.ranks.count,
                    seconds: work.end - work.start, hostClass: HostClass.own,
                    cpus: graph.units[unit].resources.cpus),
                run: prepared.directory.name, unit: graph.units[unit].name,
                parameters: graph.units[unit].settingsDigest,
                outputBytes: product.outputs.reduce(0) { $0 + $1.bytes },
                peakMemoryBytes: work.peakMemoryBytes, ranks: work.ranks))
    }

    /// - Parameter unjournaledRanks: the attempt's ranks when the journal does not know yet that it began.
    func noteFailure(_ unit: Int, attempt: Int, cause: String, unjournaledRanks: [Int]? = nil) {
        // What is wrong in a user's file often shows two units later, in a part of the store.
        let sources = graph.distantSources(of: unit)
        let named =
            sources.prefix(3).joined(separator: ", ") + (sources.count > 3 ? " and \(sources.count - 3) more" : "")
        let cause = sources.isEmpty ? cause : cause + "; its data comes from \(named)"
        failures.append((unit, attempt, cause))
        if let unjournaledRanks {
            journal.append([.started(unit, attempt: attempt, ranks: unjournaledRanks, atSeconds: now)])
        }
        journal.append([.ended(unit, state: .failed, atSeconds: now, cause: cause)], urgently: true)
    }

    func noteSkipped(_ units: [Int]) {
        let names = failures.last.map { graph.units[$0.unit].name } ?? "a unit"
        journal.append(units.map { .skipped($0, cause: "depends on \(names), which failed") })
    }
}
