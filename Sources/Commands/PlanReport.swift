import Determinism
import Foundation
import Ledger
import Prediction
import Recipes
import WorkGraph

/// What a run would do; also the JSON form of `plan`.
struct PlanReport: Encodable {
    let schema = 1
    let recipe: String
    let seed: UInt64
    let parameters: [String: String]
    let units: [Unit]
    let totals: Totals
    let estimate: Estimate
    let bytes: Bytes
    let warnings: [String]
    /// When and where the units that run are expected to; empty when nothing runs.
    let schedule: [PlanForecast.Bar]

    /// One unit.
    struct Unit: Encodable {
        enum Action: String, Encodable { case run, reuse }

        let name: String
        let kind: String
        let key: Digest
        let action: Action
        /// Why it runs, or why it need not.
        let reason: String
        let ranks: Ranks
        /// Seconds on the most ranks it may have; `nil` when it is reused.
        let estimate: DurationEstimate?
        let bytesWritten: Double
        let location: String?

        struct Ranks: Encodable {
            let min: Int
            let max: Int
        }
    }

    struct Totals: Encodable {
        let units: Int
        let run: Int
        let reuse: Int
    }

    struct Estimate: Encodable {
        let ranks: Int
        let medianSeconds: Double
        let p10Seconds: Double
        let p90Seconds: Double
        let rankHours: Double
    }

    struct Bytes: Encodable {
        let toWrite: Double
        /// `nil` when the file system does not say.
        let free: Double?
    }

    /// Compares a graph with the store.
    ///
    /// - Parameters:
    ///   - rerun: keys that run although they are stored.
    ///   - ranks: how many ranks the run would have.
    init(
        _ loaded: LoadedRecipe, graph: WorkGraph, rerun: Set<Digest>, ranks: Int, store: ArtifactStore
    ) {
        let previous = RunDirectory.all(in: store.layout).last { $0.recipe == graph.recipe }
        let reasons = RerunReason(
            comparedWith: previous.flatMap { try? RunDirectory($0.name, in: store.layout).graph() })
        let names = Dictionary(graph.units.map { ($0.key, $0.name) }, uniquingKeysWith: { first, _ in first })
        let predictor = HistoryPredictor(observations: History(store.layout).observations())
        var contents = StoredContents(store)
        var units: [Unit] = []
        for unit in graph.units {
            let decision: (action: Unit.Action, reason: String)
            if rerun.contains(unit.key) {
                decision = (.run, "asked for with --rerun")
                contents.forget(unit.key)
            } else {
                switch contents.find(unit) {
                case .sameKey: decision = (.reuse, "stored")
                case .sameInputs: decision = (.reuse, "has read the same bytes before")
                case .none(let finding):
                    decision = (.run, reasons.phrase(for: unit, finding: finding, names: names))
                }
            }
            let range = unit.resources.ranks
            units.append(
                Unit(
                    name: unit.name, kind: unit.kind, key: unit.key, action: decision.action, reason: decision.reason,
                    ranks: .init(min: range.lowerBound, max: range.upperBound),
                    estimate: decision.action == .run ? predictor.estimate(unit, available: ranks) : nil,
                    bytesWritten: unit.estimate.bytesWritten, location: unit.location?.description))
        }
        let running = units.filter { $0.action == .run }
        let forecast = PlanForecast(graph: graph, units: units, ranks: ranks, predictor: predictor)
        recipe = graph.recipe
        seed = graph.seed
        parameters = loaded.parameters
        totals = Totals(units: units.count, run: running.count, reuse: units.count - running.count)
        estimate = Estimate(
            ranks: ranks, medianSeconds: forecast.seconds, p10Seconds: forecast.p10Seconds,
            p90Seconds: forecast.p90Seconds, rankHours: forecast.rankSeconds / 3600)
        bytes = Bytes(
            toWrite: running.reduce(0) { $0 + $1.bytesWritten }, free: FreeSpace.bytes(at: store.layout.root))
        schedule = forecast.bars
        self.units = units
        var warnings = loaded.compiled.warnings.map(\.message)
        if let free = bytes.free, bytes.toWrite > free {
            warnings.append("the run writes more than there is free space for")
        }
        if let notice = History(store.layout).notice { warnings.append(notice) }
        self.warnings = warnings
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

/// How much may still be written.
enum FreeSpace {
    /// Bytes an unprivileged process may write below `path`, which need not exist yet.
    static func bytes(at path: String) -> Double? {
        var place = path
        while !FileManager.default.fileExists(atPath: place), place != "/", !place.isEmpty {
            place = (place as NSString).deletingLastPathComponent
        }
        var facts = statvfs()
        guard statvfs(place.isEmpty ? "/" : place, &facts) == 0 else { return nil }
        return Double(facts.f_bavail) * Double(facts.f_frsize)
    }
}
