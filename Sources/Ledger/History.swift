import DurableFiles
import Foundation
import GRDB
public import Prediction
import WorkGraph

/// What units took, over all runs of a store, in `history.sqlite`: the predictor learns from it.
///
/// Losing it costs nothing but worse estimates, so a damaged file is moved aside and a newer one is left alone, both said aloud.
public final class History: Sendable {
    /// One executed unit.
    public struct Row: Hashable, Sendable, Codable {
        public var observation: Observation
        public var run: String
        public var unit: String
        /// What tells units of a kind apart that have different settings; `{}` when it is not known.
        public var parameters: String
        /// Bytes of all outputs.
        public var outputBytes: Int
        /// Largest resident memory of a rank during the unit; 0 when unknown.
        public var peakMemoryBytes: Int
        /// World ranks of the gang.
        public var ranks: [Int]

        public init(
            observation: Observation, run: String, unit: String, parameters: String = "{}", outputBytes: Int = 0,
            peakMemoryBytes: Int = 0, ranks: [Int] = [0]
        ) {
            self.observation = observation
            self.run = run
            self.unit = unit
            self.parameters = parameters
            self.outputBytes = outputBytes
            self.peakMemoryBytes = peakMemoryBytes
            self.ranks = ranks
        }
    }

    static let tables = """
        CREATE TABLE units (
            id INTEGER PRIMARY KEY, kind TEXT NOT NULL, run TEXT NOT NULL, unit TEXT NOT NULL, parameters TEXT NOT NULL,
            flops REAL NOT NULL, bytes_read REAL NOT NULL, bytes_written REAL NOT NULL, fixed_seconds REAL NOT NULL,
            ranks INTEGER NOT NULL, rank_list TEXT NOT NULL, seconds REAL NOT NULL, output_bytes INTEGER NOT NULL,
            peak_memory INTEGER NOT NULL, host_class TEXT NOT NULL, cpus INTEGER NOT NULL DEFAULT 1);
        CREATE INDEX units_of_kind ON units (kind, id);
        """

    /// What brings a file of an earlier schema up to date.
    static let steps = [2: "ALTER TABLE units ADD COLUMN cpus INTEGER NOT NULL DEFAULT 1"]

    private let layout: StoreLayout
    /// What a person should be told, such as that the file was damaged.
    public let notice: String?
    private let isUsable: Bool

    /// The history of a store.
    ///
    /// Never fails: what cannot be read is told in ``notice``.
    public init(_ layout: StoreLayout) {
        self.layout = layout
        guard DurableFiles.exists(layout.history) else {
            notice = nil
            isUsable = true
            return
        }
        do {
            let queue = try LedgerDatabase.openForReading(layout.history, schema: LedgerSchema.history)
            try LedgerDatabase.translating(layout.history) {
                _ = try queue.read { try GRDB.Row.fetchOne($0, sql: "SELECT id, kind, seconds FROM units LIMIT 1") }
            }
            notice = nil
            isUsable = true
        } catch let error as LedgerError where error.code == .damaged {
            let aside = layout.history + ".damaged-\(Int(Date().timeIntervalSince1970))"
            let moved = (try? DurableFiles.move(layout.history, to: aside)) != nil
            notice =
                "the history of run times is damaged; "
                + (moved ? "it was moved to '\(aside)' and starts anew" : "it is not used")
                + ". Results are not affected."
            isUsable = moved
        } catch {
            notice = "the history of run times is not used: \(error)"
            isUsable = false
        }
    }

    /// Adds the units of a run, under a lock against other runs that end at the same moment.
    public func append(_ rows: [Row]) throws {
        guard isUsable, !rows.isEmpty else { return }
        let lock = try FileLock(waitingFor: layout.history + ".lock")
        defer { withExtendedLifetime(lock) {} }
        let queue = try LedgerDatabase.openForWriting(
            layout.history, schema: LedgerSchema.history, tables: Self.tables, steps: Self.steps)
        try LedgerDatabase.translating(layout.history) {
            try queue.write { database in
                var statement = try BoundStatement(
                    "INSERT INTO units VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", database)
                for row in rows where row.observation.seconds.isFinite {
                    let work = row.observation.estimate
                    statement.bind(row.observation.kind)
                    statement.bind(row.run)
                    statement.bind(row.unit)
                    statement.bind(row.parameters)
                    statement.bind(work.flops)
                    statement.bind(work.bytesRead)
                    statement.bind(work.bytesWritten)
                    statement.bind(work.fixedSeconds)
                    statement.bind(row.observation.ranks)
                    statement.bind(JournalWriter.text(row.ranks))
                    statement.bind(row.observation.seconds)
                    statement.bind(row.outputBytes)
                    statement.bind(row.peakMemoryBytes)
                    statement.bind(row.observation.hostClass)
                    statement.bind(row.observation.cpus)
                    try statement.run()
                }
            }
            try LedgerDatabase.close(queue)
        }
    }

    /// The last `limit` rows, oldest first; empty when there are none or the file cannot be used.
    public func rows(limit: Int = 5000) -> [Row] {
        guard isUsable, DurableFiles.exists(layout.history),
            let queue = try? LedgerDatabase.openForReading(layout.history, schema: LedgerSchema.history),
            let rows = try? queue.read({
                try GRDB.Row.fetchAll($0, sql: "SELECT * FROM units ORDER BY id DESC LIMIT ?", arguments: [limit])
            })
        else { return [] }
        // One that is damaged is left out.
        return rows.reversed().compactMap { try? Self.row($0) }
    }

    private static func row(_ row: GRDB.Row) throws -> Row {
        let work = WorkEstimate(
            flops: try row.required("flops"), bytesRead: try row.required("bytes_read"),
            bytesWritten: try row.required("bytes_written"), fixedSeconds: try row.required("fixed_seconds"))
        return Row(
            observation: Observation(
                kind: try row.required("kind"), estimate: work, ranks: try row.required("ranks"),
                seconds: try row.required("seconds"), hostClass: try row.required("host_class"),
                cpus: row.optional("cpus") ?? 1),
            run: try row.required("run"), unit: try row.required("unit"), parameters: try row.required("parameters"),
            outputBytes: try row.required("output_bytes"), peakMemoryBytes: try row.required("peak_memory"),
            ranks: JournalReader.ranks(try row.required("rank_list")))
    }

    /// What the predictor learns from: the last `limit` observations, oldest first; empty, with the reason, when the file cannot be read.
    public func observations(limit: Int = 4000) -> (observations: [Observation], notice: String?) {
        guard isUsable, DurableFiles.exists(layout.history) else { return ([], notice) }
        do {
            let queue = try LedgerDatabase.openForReading(layout.history, schema: LedgerSchema.history)
            let newestFirst = try LedgerDatabase.translating(layout.history) {
                try queue.read { try Self.observations($0, limit: limit) }
            }
            return (newestFirst.reversed(), notice)
        } catch {
            return (
                [], "the history of run times is not used: \(error). Durations are assumed; results are not affected."
            )
        }
    }

    private static func observations(_ database: Database, limit: Int) throws -> [Observation] {
        // Files of the first schema have no processors until they are written to.
        let hasCpus = try database.columns(in: "units").contains { $0.name == "cpus" }
        let sql = """
            SELECT kind, flops, bytes_read, bytes_written, fixed_seconds, ranks, seconds, host_class, unit, parameters, run,
                \(hasCpus ? "cpus" : "1"), peak_memory FROM units ORDER BY id DESC LIMIT ?
            """
        // Columns by number: by name they cost more than the query.
        var result: [Observation] = []
        let rows = try GRDB.Row.fetchCursor(database, sql: sql, arguments: [limit])
        while let row = try rows.next() {
            let work = WorkEstimate(
                flops: try row.required(1), bytesRead: try row.required(2), bytesWritten: try row.required(3),
                fixedSeconds: try row.required(4))
            let settings: String = try row.required(9)
            result.append(
                Observation(
                    kind: try row.required(0), estimate: work, ranks: try row.required(5),
                    seconds: try row.required(6), hostClass: try row.required(7), unit: try row.required(8),
                    settings: settings == "{}" ? "" : settings, cpus: try row.required(11), run: try row.required(10),
                    peakMemoryBytes: try row.required(12)))
        }
        return result
    }
}
