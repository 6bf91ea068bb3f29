import Determinism
import Foundation
import Ledger
import Recipes
import Scheduling
import WorkGraph

/// Second attempts of units that straggle: the first result counts, and two different ones end the run.
extension Coordinator {
    /// What the first of two attempts made.
    struct FirstResult {
        let ranks: [Int]
        /// The attempt that was not the first.
        let outdone: Int
        /// Of its outputs, in declared order.
        let digests: [Digest]
    }

    /// Starts a second attempt beside the one that runs.
    func duplicate(_ unit: Int, attempt: Int, ranks: [Int]) {
        let launch = Launch(attempt: attempt, ranks: ranks, at: now, isJournaled: true)
        journal.append([.duplicated(unit, attempt: attempt, ranks: ranks, atSeconds: launch.at)], urgently: true)
        duplicates[unit] = assign(launch, unit, isDuplicate: true)
        let first = launches[unit].map { Self.words($0.ranks) } ?? "another rank"
        tell(
            "\(graph.units[unit].name) runs a second time, on \(Self.words(ranks)), beside \(first); the first result counts"
        )
    }

    /// Tells the attempt that was not the first to end.
    func endOutdone(_ unit: Int, attempt: Int) throws {
        for launch in [launches[unit], duplicates[unit]] {
            guard let launch, launch.attempt == attempt else { continue }
            for rank in launch.ranks { try send(.stop(unit: unit, attempt: attempt, .cancel), to: rank) }
        }
    }

    /// Takes an attempt that has ended off those that run.
    ///
    /// - Returns: the unit's other attempt, if it goes on.
    func takeOff(_ unit: Int, attempt: Int) -> Launch? {
        if duplicates[unit]?.attempt == attempt {
            duplicates[unit] = nil
        } else {
            launches[unit] = duplicates.removeValue(forKey: unit)
        }
        return launches[unit]
    }

    /// An attempt made outputs while another runs on.
    func noteFirst(_ unit: Int, _ launch: Launch, other: Launch) {
        firstResults[unit] = FirstResult(
            ranks: launch.ranks, outdone: other.attempt, digests: Self.digests(of: launch.reports))
        journal.append([
            .attemptEnded(
                unit, attempt: other.attempt, state: .pending, atSeconds: now,
                cause: "\(Self.words(launch.ranks)) had the result first"),
            .tookOver(unit, attempt: launch.attempt, ranks: launch.ranks, startSeconds: launch.at),
        ])
    }

    /// One of two attempts ended without outputs: the other goes on.
    func noteLost(_ unit: Int, _ launch: Launch, cause: String, other: Launch) {
        journal.append(
            [
                .attemptEnded(unit, attempt: launch.attempt, state: .failed, atSeconds: now, cause: cause),
                .tookOver(unit, attempt: other.attempt, ranks: other.ranks, startSeconds: other.at),
            ], urgently: true)
        tell(
            "\(graph.units[unit].name) failed on \(Self.words(launch.ranks)) and goes on on \(Self.words(other.ranks)): \(cause)"
        )
    }

    /// The attempt that was not the first has ended too; what it made must be the same.
    func conclude(_ unit: Int, _ launch: Launch, first: FirstResult, into events: inout [RunEvent]) {
        firstResults[unit] = nil
        events.append(.interrupted(unit: unit, attempt: launch.attempt))
        // It may have begun to write one again after the first had ended.
        try? store.removeCheckpoint(graph.units[unit].key)
        let digests = Self.digests(of: launch.reports)
        guard digests.count == first.digests.count, digests != first.digests else { return }
        let outputs = graph.units[unit].outputs.indices.filter { digests[$0] != first.digests[$0] }.map { place in
            "\(graph.units[unit].outputs[place].name) is \(first.digests[place].short) from \(Self.words(first.ranks))"
                + " and \(digests[place].short) from \(Self.words(launch.ranks))"
        }
        contradicted.insert(unit)
        noteFailure(
            unit, attempt: launch.attempt,
            cause: UnitOutcome.contradiction + ": " + outputs.joined(separator: "; ")
                + ". One of the ranks computes wrongly, or the unit is not deterministic: say `deterministic: false` of it, or run"
                + " `verify` on either machine")
        events.append(.contradicted(unit: unit))
    }

    /// Digests of what an attempt itself made; empty when it made nothing.
    private static func digests(of reports: [Report]) -> [Digest] {
        for report in reports {
            switch report.outcome {
            case .inline(let outputs): return outputs.map { Digest(of: $0) }
            case .stored(let outputs): return report.made.isEmpty ? outputs.map(\.digest) : report.made
            case .member, .failed, .interrupted: continue
            }
        }
        return []
    }

    static func words(_ ranks: [Int]) -> String {
        "rank\(ranks.count == 1 ? "" : "s") \(ranks.map(String.init).joined(separator: ", "))"
    }
}
