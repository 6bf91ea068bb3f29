public import Determinism
import Synchronization
public import WorkGraph

/// Says why a unit has to run by comparing it with the unit of the same name in an earlier run.
public struct RerunReason: Sendable {
    /// The reason of a unit that an earlier run finished and whose result is no longer there.
    public static let gone = "its stored result is gone"

    private let earlier: Earlier
    private let finished: Finished

    /// Keys of the units that the earlier run finished, read when the first unit asks.
    private final class Finished: Sendable {
        private let read: @Sendable () -> Set<Digest>
        private let keys = Mutex<Set<Digest>?>(nil)

        init(_ read: @escaping @Sendable () -> Set<Digest>) { self.read = read }

        func contains(_ key: Digest) -> Bool {
            keys.withLock { keys in
                if let keys { return keys.contains(key) }
                let all = read()
                keys = all
                return all.contains(key)
            }
        }
    }

    /// The earlier run's units by name, read when the first unit has to be explained: when all is reused nobody asks.
    private final class Earlier: Sendable {
        private let read: @Sendable () -> WorkGraph?
        private let units = Mutex<[String: WorkUnit]?>(nil)

        init(_ read: @escaping @Sendable () -> WorkGraph?) { self.read = read }

        func unit(_ name: String) -> WorkUnit? {
            units.withLock { units in
                if let units { return units[name] }
                let all = Dictionary(
                    (read()?.units ?? []).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
                units = all
                return all[name]
            }
        }
    }

    /// Compares with `graph`, the graph of the last run of the same recipe; without one everything is new.
    ///
    /// - Parameter finished: keys of the units that run finished.
    public init(
        comparedWith graph: @autoclosure @escaping @Sendable () -> WorkGraph?,
        finished: @autoclosure @escaping @Sendable () -> Set<Digest> = []
    ) {
        earlier = Earlier(graph)
        self.finished = Finished(finished)
    }

    /// A phrase such as `parameter steps 600 → 1200`, `input digest changed: data`, `after tokens` or `never run`.
    ///
    /// - Parameters:
    ///   - unit: a unit whose key is not in the store.
    ///   - finding: what the store said of the key; tells of artifacts that were lost.
    ///   - names: names of the units of the new graph by key.
    public func phrase(for unit: WorkUnit, finding: ArtifactStore.Finding, names: [WorkUnit.Key: String]) -> String {
        if case .unusable(let reason) = finding { return "stored result unusable: " + reason }
        guard let old = earlier.unit(unit.name) else { return "never run" }
        if old.key == unit.key { return finished.contains(unit.key) ? Self.gone : "not finished" }
        let changes = differences(old, unit, names)
        return changes.isEmpty ? "never run" : changes.joined(separator: ", ")
    }

    private func differences(_ old: WorkUnit, _ new: WorkUnit, _ names: [WorkUnit.Key: String]) -> [String] {
        var changes: [String] = []
        if old.kind != new.kind { return ["kind \(old.kind) → \(new.kind)"] }
        if old.kindVersion != new.kindVersion {
            changes.append("version of \(new.kind) \(old.kindVersion) → \(new.kindVersion)")
        }
        if old.numericsVersion != new.numericsVersion { changes.append("numerics version changed") }
        if old.seed != new.seed {
            changes.append("seed \(old.seed.map(String.init) ?? "none") → \(new.seed.map(String.init) ?? "none")")
        }
        for name in Set(old.parameters.keys).union(new.parameters.keys).sorted() {
            let (was, now) = (old.parameters[name], new.parameters[name])
            guard was != now else { continue }
            changes.append("parameter \(name) \(was?.plainText ?? "absent") → \(now?.plainText ?? "absent")")
        }
        let oldSources = Dictionary(grouping: old.sources, by: \.port).mapValues { $0.map(\.digest) }
        let newSources = Dictionary(grouping: new.sources, by: \.port).mapValues { $0.map(\.digest) }
        for port in Set(oldSources.keys).union(newSources.keys).sorted() where oldSources[port] != newSources[port] {
            changes.append("input digest changed: \(port)")
        }
        var after: [String] = []
        for input in new.inputs {
            let before = old.inputs.first { $0.port == input.port }
            guard before?.parts != input.parts else { continue }
            for part in input.parts where before?.parts.contains(part) != true {
                let name = names[part.producer] ?? input.port
                if !after.contains(name) { after.append(name) }
            }
            if before?.parts.count != input.parts.count {
                changes.append("\(input.port) has \(before?.parts.count ?? 0) → \(input.parts.count) parts")
            }
        }
        if !after.isEmpty {
            changes.append("after " + (after.count > 3 ? "\(after.count) units" : after.joined(separator: ", ")))
        }
        return changes
    }
}

extension CanonicalValue {
    /// The value as a person would write it.
    public var plainText: String {
        switch self {
        case .null: "none"
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        case .double(let value): "\(value)"
        case .string(let value): value
        case .bytes(let value): "\(value.count) bytes"
        case .list(let values): "[" + values.map(\.plainText).joined(separator: ", ") + "]"
        case .map(let values):
            "{" + values.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.plainText)" }.joined(separator: ", ")
                + "}"
        }
    }
}
