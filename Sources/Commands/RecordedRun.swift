import Determinism
import Foundation
import Ledger
import Scheduling
import WorkGraph

/// Runs of the store as the simulator sees them.
enum RecordedRun {
    /// Whether `name` is a run, and no file.
    static func isRun(_ name: String, in layout: StoreLayout) -> Bool {
        guard !FileManager.default.fileExists(atPath: name) else { return false }
        return name == "latest" || (try? RunDirectory.open(name, in: layout)) != nil
    }

    /// What the units of a run took; those that were reused are left out.
    ///
    /// A unit that ran on several ranks counts with the time on one that the usual gain from ranks gives it.
    ///
    /// - Throws: ``LedgerError`` when there is no such run, or nothing ran in it.
    static func trace(of name: String, in layout: StoreLayout) throws -> WorkflowTrace {
        let directory = try RunDirectory.open(name, in: layout)
        let summary = try RunJournal.summary(of: directory)
        let graph = try directory.graph()
        var positions: [Digest: Int] = [:]
        let ran = summary.units.filter { $0.state == .ran && $0.seconds != nil }
        for (position, unit) in ran.enumerated() { positions[unit.key] = position }
        guard !ran.isEmpty else {
            throw LedgerError(.unknownName, "nothing ran in '\(directory.name)': there is nothing to simulate")
        }
        var tasks: [WorkflowTrace.Task] = []
        var files: [WorkflowTrace.File] = []
        var fileOf: [Digest: Int] = [:]
        for (position, unit) in ran.enumerated() {
            fileOf[unit.key] = files.count
            files.append(
                WorkflowTrace.File(bytes: unit.outputs.reduce(0) { $0 + Double($1.bytes) }, producer: position))
        }
        for unit in ran {
            let reads = Set(unit.parents.compactMap { fileOf[$0] }).sorted()
            let most = graph[unit.key]?.resources.ranks.upperBound ?? 1
            tasks.append(
                WorkflowTrace.Task(
                    id: unit.name, kind: unit.kind,
                    seconds: max(
                        WorkflowTrace.leastSeconds, (unit.seconds ?? 0) / share(ranks: max(1, unit.ranks.count))),
                    inputBytes: reads.reduce(0) { $0 + files[$1].bytes }, reads: reads,
                    gang: Workload.Gang(maximumRanks: most, serialShare: serialShare)))
        }
        let parents = ran.map { unit in Set(unit.parents.compactMap { positions[$0] }).sorted() }
        return WorkflowTrace(
            name: directory.name, tasks: tasks, files: files, precedence: Precedence(parents: parents))
    }

    /// Other runs, from which a predictor may learn; the last ones of the store.
    static func others(than names: Set<String>, in layout: StoreLayout) -> [WorkflowTrace] {
        RunDirectory.all(in: layout).filter { !names.contains($0.name) }.suffix(20)
            .compactMap { try? trace(of: $0.name, in: layout) }
    }

    /// Part of a unit that only one rank can do: as much as makes four ranks 4 to the power 0.9 times as fast as one.
    private static let serialShare = 0.0498

    private static func share(ranks: Int) -> Double {
        Workload.Gang(maximumRanks: ranks, serialShare: serialShare).share(ranks: ranks)
    }
}
