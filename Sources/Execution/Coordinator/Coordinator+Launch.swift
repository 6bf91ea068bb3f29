import Determinism
import Foundation
import Ledger
import Scheduling
import WorkGraph

extension Coordinator {
    // MARK: Before a unit runs

    /// Asks the store about units whose inputs are complete, and claims those that have to run.
    func examine(_ units: [Int]) throws -> [RunEvent] {
        var events: [RunEvent] = []
        var toRun: [Int] = []
        prepared.trace?.ready(units, at: Date().timeIntervalSince1970)
        for (unit, finding) in zip(units, store.find(units.map { graph.units[$0].key })) {
            if let crash = crashCounts[unit] {
                noteFailure(
                    unit, attempt: crash.attempt,
                    cause: "it ended its rank again and again, last by \(crash.cause) on rank \(crash.rank)"
                )
                events.append(.examined(unit: unit, .refuse))
                continue
            }
            if let product = try reusable(unit, finding) {
                products[unit] = product
                journal.append(
                    [
                        .reused(unit, reason: nil, atSeconds: now),
                        .outputs(unit, product.outputs, key: product.artifact),
                    ])
                events.append(.examined(unit: unit, .reuse))
            } else {
                toRun.append(unit)
            }
        }
        let holders = try session.claim(toRun.map { graph.units[$0].key })
        for (unit, holder) in zip(toRun, holders) {
            if let holder {
                if elsewhere[unit] == nil {
                    tell("\(graph.units[unit].name) is being computed by run \(holder.run); waiting for it")
                }
                elsewhere[unit] = holder
                events.append(.examined(unit: unit, .wait))
            } else {
                elsewhere[unit] = nil
                if let lost = lostResults.removeValue(forKey: unit) {
                    tell("\(graph.units[unit].name) runs again: \(lost)")
                }
                events.append(.examined(unit: unit, .run))
            }
        }
        return events
    }

    /// Outputs that make running a unit needless: of its own key, or of another one made from the same contents.
    private func reusable(_ position: Int, _ finding: ArtifactStore.Finding) throws -> Product? {
        if !prepared.rerun.isEmpty, prepared.rerun.contains(graph.units[position].key) { return nil }
        switch finding {
        case .found(let manifest): return product(manifest)
        case .unusable(let reason): lostResults[position] = "what is stored cannot be used, \(reason)"
        case .missing:
            if prepared.reasons[graph.units[position].key] == RerunReason.gone {
                lostResults[position] = RerunReason.gone
            }
        }
        guard !storeWasEmpty else { return nil }
        let unit = graph.units[position]
        // Without inputs from other units both keys say the same.
        guard unit.isDeterministic, unit.inputs.contains(where: { !$0.parts.isEmpty }) else { return nil }
        guard let manifest = store.lookup(contentKey: unit.contentKey(contents: contents(of: unit))) else { return nil }
        try store.commitAliases([(key: unit.key, target: manifest.key)])
        return product(manifest)
    }

    private func product(_ manifest: ArtifactManifest) -> Product {
        Product(artifact: manifest.key, outputs: manifest.outputs, isInline: store.isInline(manifest.key))
    }

    /// Looks again at units that other runs compute.
    func lookElsewhere(into events: inout [RunEvent]) throws {
        try store.refresh()
        for unit in elsewhere.keys.sorted() { events.append(.released(unit: unit)) }
    }

    // MARK: Launching

    func launch(_ unit: Int, attempt: Int, ranks: [Int]) {
        let needsJournal = !isLight[unit]
        let launch = Launch(attempt: attempt, ranks: ranks, at: now, isJournaled: needsJournal)
        if needsJournal {
            journal.append([.started(unit, attempt: attempt, ranks: ranks, atSeconds: launch.at)], urgently: true)
        }
        // An attempt that was outdone may still be on its way out.
        if let late = launches[unit] { duplicates[unit] = late }
        launches[unit] = assign(launch, unit, isDuplicate: false)
    }

    /// Gives the ranks of an attempt their processors and their part of it.
    func assign(_ launch: Launch, _ unit: Int, isDuplicate: Bool) -> Launch {
        var launch = launch
        let parts = inputParts(of: graph.units[unit])
        let cpus = max(1, graph.units[unit].resources.cpus)
        for rank in launch.ranks {
            let set = processors[machineOfRank[rank]].take(cpus)
            launch.held.append((rank, set))
            outbox[rank, default: []].append(
                Assignment(
                    unit: unit, attempt: launch.attempt, ranks: launch.ranks, processors: set, inputs: parts,
                    isDuplicate: isDuplicate))
        }
        return launch
    }

    private func inputParts(of unit: WorkUnit) -> [[Assignment.Part]] {
        unit.inputs.map { binding in
            binding.parts.compactMap { part in
                guard let position = graph.position(of: part.producer), let product = products[position],
                    let output = product.outputs.first(where: { $0.name == part.output })
                else { return nil }
                return Assignment.Part(artifact: product.artifact, digest: output.digest, isInline: product.isInline)
            }
        }
    }

    /// Content digests of what a unit reads, by port.
    func contents(of unit: WorkUnit) -> [String: [Digest]] {
        var result: [String: [Digest]] = [:]
        for (binding, parts) in zip(unit.inputs, inputParts(of: unit)) { result[binding.port] = parts.map(\.digest) }
        return result
    }
}
