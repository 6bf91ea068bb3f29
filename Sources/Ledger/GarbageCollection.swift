public import Determinism
import DurableFiles
import WorkGraph

/// Removes runs that nobody wants kept and every artifact that no kept run reaches.
///
/// Never touched: what a living run uses, pinned runs, and anything while another program changes claims. Deletion is by whole artifacts; a
/// crash in the middle leaves a smaller store that is right.
public struct GarbageCollection: Sendable {
    /// Which runs are kept.
    ///
    /// A run goes only when every rule that is given lets it go.
    public struct Policy: Hashable, Sendable {
        /// Keep this many of the last runs; `nil`: the number is no reason to remove a run.
        public var keepLast: Int?
        /// Remove only runs that started longer ago than this.
        public var olderThanSeconds: Double?

        public init(keepLast: Int? = nil, olderThanSeconds: Double? = nil) {
            self.keepLast = keepLast
            self.olderThanSeconds = olderThanSeconds
        }

        /// No rule: all runs are kept, and only what none of them reaches goes.
        var keepsAllRuns: Bool { keepLast == nil && olderThanSeconds == nil }
    }

    /// What was, or would be, removed.
    public struct Report: Hashable, Sendable, Codable {
        public var schema: Int = LedgerSchema.summary
        /// Names of removed runs, oldest first.
        public var runs: [String] = []
        /// Keys of removed artifacts, sorted.
        public var artifacts: [Digest] = []
        /// Bytes on disk.
        public var bytes = 0
        public var isDryRun = false
        /// Why runs that a rule named are kept, such as `brave-heron is pinned`.
        public var kept: [String] = []
    }

    private let store: ArtifactStore
    private var layout: StoreLayout { store.layout }

    public init(_ store: ArtifactStore) { self.store = store }

    /// Collects, or only reports.
    ///
    /// - Parameter now: seconds since 1970.
    public func collect(_ policy: Policy, now: Double, isDryRun: Bool = false) throws -> Report {
        guard DurableFiles.isDirectory(layout.root) else { return Report(isDryRun: isDryRun) }
        try store.prepare()
        let lock = try FileLock(waitingFor: layout.storeLock)
        defer { withExtendedLifetime(lock) {} }
        try store.refresh()
        var report = Report(isDryRun: isDryRun)
        let living = Set(StoreSession.living(in: layout).map(\.run))
        let doomed = doomedRuns(policy, now: now, living: living, report: &report)
        let reachable = try reachableKeys(without: Set(doomed.map(\.name)))
        if !isDryRun { for run in doomed { try run.remove() } }
        report.runs = doomed.map(\.name)
        for run in doomed where isDryRun { report.bytes += DurableFiles.allocatedBytes(run.path) }
        // A run that is being prepared may reuse anything: with living runs, artifacts without a run are left for the next time.
        let unregistered = living.subtracting(RunDirectory.all(in: layout).map(\.name))
        guard unregistered.isEmpty else {
            report.kept.append("artifacts: run \(unregistered.sorted().joined(separator: ", ")) is just starting")
            return report
        }
        try sweepFolders(layout.artifacts, skipping: ["packs", "by-content"], reachable, &report, counts: true)
        try sweepFolders(layout.checkpoints, skipping: [], reachable, &report, counts: false)
        try sweepFolders(layout.materialized, skipping: [], reachable, &report, counts: false)
        try sweepSources(without: Set(doomed.map(\.name)), &report)
        try sweepPacks(reachable, livingSessions: !living.isEmpty, &report)
        if !isDryRun { try sweepContentLinks() }
        report.artifacts.sort()
        return report
    }

    private func doomedRuns(
        _ policy: Policy, now: Double, living: Set<String>, report: inout Report
    ) -> [RunDirectory] {
        guard !policy.keepsAllRuns else { return [] }
        let records = RunDirectory.all(in: layout)
        var doomed: [RunDirectory] = []
        for (place, record) in records.enumerated() {
            if let keep = policy.keepLast, records.count - place <= keep { continue }
            if let age = policy.olderThanSeconds, now - record.started < age { continue }
            let run = RunDirectory(record.name, in: layout)
            if run.isPinned {
                report.kept.append("\(record.name) is pinned")
            } else if run.isLive || living.contains(record.name) {
                report.kept.append("\(record.name) is still going")
            } else {
                doomed.append(run)
            }
        }
        return doomed
    }

    /// Every key that a kept run names, with the artifacts that aliases stand for.
    ///
    /// - Throws: when the lock of a kept run cannot be read: then nothing may be deleted.
    private func reachableKeys(without doomed: Set<String>) throws -> Set<Digest> {
        var keys: Set<Digest> = []
        for record in RunDirectory.all(in: layout) where !doomed.contains(record.name) {
            let run = RunDirectory(record.name, in: layout)
            if DurableFiles.exists(run.lockFile) {
                for unit in try LockFile.read(run.lockFile).units { keys.insert(unit.key) }
            } else if DurableFiles.exists(run.graphFile) {
                for unit in try run.graph().units { keys.insert(unit.key) }
            }
        }
        for key in keys { if let target = store.aliasTarget(of: key) { keys.insert(target) } }
        return keys
    }

    /// Removes `<2>/<key>` folders of unreachable keys.
    private func sweepFolders(
        _ root: String, skipping: Set<String>, _ reachable: Set<Digest>, _ report: inout Report, counts: Bool
    ) throws {
        guard DurableFiles.isDirectory(root) else { return }
        for shelf in try DurableFiles.entries(of: root) where shelf.kind == .folder && !skipping.contains(shelf.name) {
            for entry in try DurableFiles.entries(of: root + "/" + shelf.name) {
                guard let key = Digest(hexDigits: entry.name), !reachable.contains(key) else { continue }
                let path = root + "/" + shelf.name + "/" + entry.name
                report.bytes += DurableFiles.allocatedBytes(path)
                if counts { report.artifacts.append(key) }
                guard !report.isDryRun else { continue }
                // The manifest goes first: what is left of a half-removed artifact is never taken for a whole one.
                try DurableFiles.removeTree(path + "/manifest.json")
                try DurableFiles.removeTree(path)
            }
        }
    }

    /// Removes data that came with archives and that no kept run has read.
    private func sweepSources(without doomed: Set<String>, _ report: inout Report) throws {
        guard DurableFiles.isDirectory(layout.sources) else { return }
        var wanted: Set<Digest> = []
        for record in RunDirectory.all(in: layout) where !doomed.contains(record.name) {
            let run = RunDirectory(record.name, in: layout)
            guard DurableFiles.exists(run.lockFile) else { continue }
            wanted.formUnion(try LockFile.read(run.lockFile).inputs.map(\.digest))
        }
        for entry in try DurableFiles.entries(of: layout.sources) {
            guard let digest = Digest(hexDigits: entry.name), !wanted.contains(digest) else { continue }
            report.bytes += DurableFiles.allocatedBytes(layout.source(digest))
            if !report.isDryRun { try DurableFiles.removeTree(layout.source(digest)) }
        }
    }

    private func sweepPacks(_ reachable: Set<Digest>, livingSessions: Bool, _ report: inout Report) throws {
        let contents = store.packContents()
        let dead = contents.keys.filter { !reachable.contains($0) }.sorted()
        for key in dead {
            report.artifacts.append(key)
            report.bytes += contents[key] ?? 0
        }
        // Packs that a living run may be appending to stay as they are until it has ended.
        let hasManyPacks = store.packCount > 16
        guard !report.isDryRun, !livingSessions, !dead.isEmpty || hasManyPacks else { return }
        try store.rewritePacks(keeping: reachable)
    }

    private func sweepContentLinks() throws {
        guard DurableFiles.isDirectory(layout.contents) else { return }
        for shelf in try DurableFiles.entries(of: layout.contents) {
            for entry in try DurableFiles.entries(of: layout.contents + "/" + shelf.name) {
                let path = layout.contents + "/" + shelf.name + "/" + entry.name
                guard let target = DurableFiles.readLink(path), let key = Digest(hexDigits: target),
                    !DurableFiles.isDirectory(layout.artifact(key))
                else { continue }
                try DurableFiles.removeTree(path)
            }
        }
    }
}
