import Determinism
public import DurableFiles
import Foundation
public import WorkGraph

/// The folder of one run: journal, lock, graph, logs and work folders.
public struct RunDirectory: Hashable, Sendable {
    public let layout: StoreLayout
    public let name: String

    /// A folder that may or may not exist; see ``open(_:in:)``.
    public init(_ name: String, in layout: StoreLayout) {
        self.name = name
        self.layout = layout
    }

    public var path: String { layout.runs + "/" + name }
    public var journal: String { path + "/run.sqlite" }
    public var lockFile: String { path + "/lock.json" }
    public var graphFile: String { path + "/graph.bin" }
    public var recordFile: String { path + "/run.json" }
    public var report: String { path + "/report.html" }
    public var logs: String { path + "/logs" }
    /// Scratch folders of attempts; kept when an attempt failed.
    public var work: String { path + "/work" }
    private var pinFile: String { path + "/pinned" }
    /// Locked by the coordinator while it lives.
    public var liveFile: String { path + "/live" }

    /// Makes the folder of a new run under a name nobody else has.
    public static func create(_ record: RunRecord, in layout: StoreLayout) throws -> RunDirectory {
        try DurableFiles.createDirectory(layout.runs)
        var random = SystemRandomNumberGenerator()
        var attempt = 0
        while true {
            attempt += 1
            let name = record.name.isEmpty ? RunNames.draw(attempt: attempt, using: &random) : record.name
            let directory = RunDirectory(name, in: layout)
            var named = record
            named.name = name
            // Renamed in with its record: a run of that name is there, or nothing is.
            let staging = "\(layout.staging)/run-\(getpid())-\(UInt32.random(in: 0...UInt32.max, using: &random))"
            for part in [directory.logs, directory.work] {
                try DurableFiles.createDirectory(staging + part.dropFirst(directory.path.utf8.count))
            }
            try DurableFiles.writeFile(
                LedgerJSON.encode(named), to: staging + directory.recordFile.dropFirst(directory.path.utf8.count))
            if try DurableFiles.commitDirectory(staging, as: directory.path) { return directory }
            guard record.name.isEmpty else {
                throw LedgerError(
                    .inUse, "there is a run called '\(name)' already; choose another name or `rm \(name)`")
            }
        }
    }

    /// The run called `name`; `latest` and the empty name mean the one that started last.
    ///
    /// - Throws: ``LedgerError`` with the nearest name when there is none.
    public static func open(_ name: String, in layout: StoreLayout) throws -> RunDirectory {
        let isPlainName = !name.isEmpty && name != "latest" && !name.contains("/") && !name.hasPrefix(".")
        if isPlainName, DurableFiles.exists(RunDirectory(name, in: layout).recordFile) {
            return RunDirectory(name, in: layout)
        }
        let records = all(in: layout)
        if name.isEmpty || name == "latest" {
            guard let last = records.last else {
                throw LedgerError(
                    .unknownName, "there is no run in '\(layout.root)' yet; `submit` starts one")
            }
            return RunDirectory(last.name, in: layout)
        }
        let hint = NearestName.hint(name, among: records.map(\.name))
        throw LedgerError(
            .unknownName, "there is no run '\(name)' in '\(layout.root)'.\(hint) `runs` lists all.")
    }

    /// The records of all runs, oldest first.
    ///
    /// Folders without a readable record are left out.
    public static func all(in layout: StoreLayout) -> [RunRecord] {
        let entries = (try? DurableFiles.entries(of: layout.runs)) ?? []
        return entries.compactMap { try? RunDirectory($0.name, in: layout).record() }
            .sorted { ($0.started, $0.name) < ($1.started, $1.name) }
    }

    public func record() throws -> RunRecord {
        try LedgerJSON.read(RunRecord.self, recordFile, known: LedgerSchema.summary)
    }

    // MARK: Life

    /// Held by the coordinator for the life of the run; `nil` when another process has it.
    public func lockLive() throws -> FileLock? { try FileLock.attempt(liveFile) }

    /// Whether a coordinator is at work on this run.
    public var isLive: Bool { FileLock.isHeld(liveFile) }

    /// Whether `gc` must keep this run.
    public var isPinned: Bool { DurableFiles.exists(pinFile) }

    public func setPinned(_ pinned: Bool) throws {
        if pinned { try DurableFiles.write("", to: pinFile) } else { try DurableFiles.removeTree(pinFile) }
    }

    /// Removes the run's folder; artifacts stay until `gc`.
    ///
    /// - Throws: ``LedgerError`` while it is live.
    public func remove() throws {
        guard !isLive else {
            throw LedgerError(.inUse, "run '\(name)' is still going; stop it first with `cancel \(name)`")
        }
        // Without its record a half-removed run is no run any more.
        try DurableFiles.removeTree(recordFile)
        try DurableFiles.removeTree(path)
    }

    // MARK: Files of units

    /// Captured output of an attempt: `stream` is `out` or `err`.
    public func logPath(_ unit: String, attempt: Int, stream: String = "out") -> String {
        "\(logs)/\(Self.fileName(unit)).\(attempt).\(stream)"
    }

    /// The scratch folder of an attempt.
    public func workDirectory(_ unit: String, attempt: Int) -> String { "\(work)/\(Self.fileName(unit)).\(attempt)" }

    /// Where a unit is run by itself, outside of the run.
    public func spinDirectory(_ unit: String) -> String { "\(path)/spin/\(Self.fileName(unit))" }

    /// Whether a byte stands for itself in file names.
    private static let plainBytes: [Bool] = {
        var table = [Bool](repeating: false, count: 256)
        for byte in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=.,[]+".utf8 {
            table[Int(byte)] = true
        }
        return table
    }()

    /// A unit's name as a file name: distinct names stay distinct.
    static func fileName(_ unit: String) -> String {
        if unit.utf8.allSatisfy({ plainBytes[Int($0)] }) { return unit }
        var result = ""
        for byte in unit.utf8 {
            if plainBytes[Int(byte)] {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return result
    }

    // MARK: Graph

    /// Stores the graph for `explain`, `gc` and the next plan's reasons.
    public func writeGraph(_ graph: WorkGraph) throws { try DurableFiles.write(GraphFile.encode(graph), to: graphFile) }

    public func graph() throws -> WorkGraph { try GraphFile.decode(DurableFiles.read(graphFile), path: graphFile) }
}
