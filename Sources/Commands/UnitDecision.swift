import Determinism
import Ledger
import WorkGraph

/// Whether a unit would run, and why.
struct UnitDecision {
    enum Action: String, Encodable { case run, reuse }

    let action: Action
    /// Why it runs, or why it need not.
    let reason: String

    /// Compares a graph with the store, unit by unit in graph order.
    ///
    /// - Parameter rerun: keys that run although they are stored.
    static func all(of graph: WorkGraph, rerun: Set<Digest>, in store: ArtifactStore) -> [UnitDecision] {
        let previous = RunDirectory.all(in: store.layout).last { $0.recipe == graph.recipe }
            .map { RunDirectory($0.name, in: store.layout) }
        let reasons = RerunReason(
            comparedWith: previous.flatMap { try? $0.graph() }, finished: previous.map(finishedKeys) ?? [])
        let names = Dictionary(graph.units.map { ($0.key, $0.name) }, uniquingKeysWith: { first, _ in first })
        var contents = StoredContents(store)
        return graph.units.map { unit in
            if rerun.contains(unit.key) {
                contents.forget(unit.key)
                return UnitDecision(action: .run, reason: "asked for with --rerun")
            }
            switch contents.find(unit) {
            case .sameKey: return UnitDecision(action: .reuse, reason: "stored")
            case .sameInputs: return UnitDecision(action: .reuse, reason: "has read the same bytes before")
            case .none(let finding):
                return UnitDecision(action: .run, reason: reasons.phrase(for: unit, finding: finding, names: names))
            }
        }
    }

    private static func finishedKeys(_ directory: RunDirectory) -> Set<Digest> {
        let units = (try? RunJournal.summary(of: directory))?.units ?? []
        return Set(units.filter { $0.state == .ran || $0.state == .reused }.map(\.key))
    }
}

/// What the store holds of a graph, parents before children.
private struct StoredContents {
    enum Match {
        case sameKey, sameInputs
        case none(ArtifactStore.Finding)
    }

    private let store: ArtifactStore
    private var manifests: [Digest: ArtifactManifest] = [:]

    init(_ store: ArtifactStore) { self.store = store }

    mutating func forget(_ key: Digest) { manifests[key] = nil }

    mutating func find(_ unit: WorkUnit) -> Match {
        let finding = store.find(unit.key)
        if case .found(let manifest) = finding {
            manifests[unit.key] = manifest
            return .sameKey
        }
        // The second lookup: parents that made the same bytes under other keys cut the rerun off here.
        var read: [String: [Digest]] = [:]
        for input in unit.inputs {
            var digests: [Digest] = []
            for part in input.parts {
                guard let output = manifests[part.producer]?.output(part.output) else { return .none(finding) }
                digests.append(output.digest)
            }
            read[input.port] = digests
        }
        guard !unit.inputs.isEmpty, let manifest = store.lookup(contentKey: unit.contentKey(contents: read)) else {
            return .none(finding)
        }
        manifests[unit.key] = manifest
        return .sameInputs
    }
}
