import DurableFiles
import GRDB

/// The journal of one run in `run.sqlite`: written by the coordinator alone, in batches, read by anybody.
///
/// It may lag behind the store by the last batch; the store decides what is done, the journal what is told.
public final class RunJournal: Sendable {
    public let path: String
    private let queue: DatabaseQueue
    private let session: Int64

    static let tables = """
        CREATE TABLE run (
            id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL, recipe TEXT NOT NULL, recipe_path TEXT NOT NULL,
            parameters TEXT NOT NULL, seed INTEGER NOT NULL, rank_count INTEGER NOT NULL, status TEXT NOT NULL,
            started REAL NOT NULL, finished_seconds REAL);
        CREATE TABLE sessions (
            id INTEGER PRIMARY KEY, fence INTEGER NOT NULL, rank_count INTEGER NOT NULL, host TEXT NOT NULL, at REAL NOT NULL);
        CREATE TABLE units (
            position INTEGER PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, key BLOB NOT NULL, parents BLOB NOT NULL,
            predicted REAL, state TEXT NOT NULL, attempt INTEGER NOT NULL DEFAULT 0, ranks TEXT NOT NULL DEFAULT '',
            started REAL, ended REAL, cause TEXT, reason TEXT, outputs BLOB, stored_key BLOB, session INTEGER);
        CREATE TABLE attempts (
            id INTEGER PRIMARY KEY, position INTEGER NOT NULL, attempt INTEGER NOT NULL, session INTEGER NOT NULL,
            ranks TEXT NOT NULL, started REAL NOT NULL, ended REAL, outcome TEXT, cause TEXT);
        CREATE TABLE figures (
            position INTEGER NOT NULL, name TEXT NOT NULL, value REAL NOT NULL, PRIMARY KEY (position, name)) WITHOUT ROWID;
        CREATE TABLE progress (
            id INTEGER PRIMARY KEY, position INTEGER NOT NULL, at REAL NOT NULL, completed INTEGER NOT NULL,
            total INTEGER NOT NULL, figures TEXT NOT NULL);
        CREATE INDEX progress_of_unit ON progress (position, id);
        """ + noticesTable

    /// Journals of earlier programs get what they lack when they are taken up again.
    private static let steps = [2: noticesTable + "ALTER TABLE units ADD COLUMN session INTEGER;"]

    private static let noticesTable =
        "CREATE TABLE IF NOT EXISTS notices (id INTEGER PRIMARY KEY, at REAL NOT NULL, text TEXT NOT NULL);"

    /// Opens the journal of a run for its coordinator, making it when the run is new and going on when it is not.
    ///
    /// Attempts that an earlier session left open are closed as `interrupted`.
    ///
    /// - Parameter summary: the run without units.
    public init(_ path: String, run summary: RunSummary, fence: Int, host: String) throws {
        self.path = path
        let queue = try LedgerDatabase.openForWriting(
            path, schema: LedgerSchema.journal, tables: Self.tables, steps: Self.steps)
        self.queue = queue
        session = try LedgerDatabase.translating(path) {
            try queue.write { database in
                let parameters = String(
                    decoding: try LedgerJSON.encode(summary.parameters, pretty: false), as: UTF8.self)
                try database.execute(
                    sql: """
                        INSERT INTO run VALUES (1, ?, ?, ?, ?, ?, ?, 'running', ?, NULL)
                        ON CONFLICT (id) DO UPDATE SET status = 'running', rank_count = excluded.rank_count, finished_seconds = NULL
                        """,
                    arguments: [
                        summary.run, summary.recipe, summary.recipePath, parameters, Int64(bitPattern: summary.seed),
                        summary.rankCount, summary.started,
                    ])
                try database.execute(sql: "UPDATE attempts SET outcome = 'interrupted' WHERE outcome IS NULL")
                try database.execute(
                    sql: "UPDATE units SET state = 'pending' WHERE state IN ('running', 'failed', 'skipped')")
                try database.execute(
                    sql: "INSERT INTO sessions (fence, rank_count, host, at) VALUES (?, ?, ?, ?)",
                    arguments: [fence, summary.rankCount, host, summary.started])
                return database.lastInsertedRowID
            }
        }
    }

    /// When the run first started, in seconds since 1970: the zero of its times, also after it was resumed.
    public func started() throws -> Double {
        try LedgerDatabase.translating(path) {
            try queue.read { try Double.fetchOne($0, sql: "SELECT started FROM run") ?? 0 }
        }
    }

    /// How many attempts each unit has had, by position; 0 is left out.
    public func attempts() throws -> [Int: Int] {
        try LedgerDatabase.translating(path) {
            try queue.read { database in
                let rows = try Row.fetchAll(
                    database,
                    sql: """
                        SELECT position, MAX(attempt) FROM (
                            SELECT position, attempt FROM attempts
                            UNION ALL SELECT position, attempt FROM units WHERE session IS NOT NULL)
                        GROUP BY position
                        """)
                return Dictionary(uniqueKeysWithValues: rows.map { ($0[0] as Int, $0[1] as Int) })
            }
        }
    }

    /// Writes entries in one transaction.
    public func append(_ entries: [JournalEntry]) throws {
        guard !entries.isEmpty else { return }
        try LedgerDatabase.translating(path) {
            try queue.write { database in
                var writer = try JournalWriter(database, session: session)
                try writer.write(entries)
            }
        }
    }

    /// Ends writing and leaves one plain file behind, which readers anywhere can open.
    public func close() throws { try LedgerDatabase.translating(path) { try LedgerDatabase.close(queue) } }

    /// Reads the run with its units.
    ///
    /// - Parameter directory: tells where logs and outputs are and whether the run is still alive: a run that says it is running while nobody
    ///   works on it is `interrupted`.
    public static func summary(of directory: RunDirectory) throws -> RunSummary {
        let queue = try LedgerDatabase.openForReading(directory.journal, schema: LedgerSchema.journal)
        return try LedgerDatabase.translating(directory.journal) {
            try queue.read { try JournalReader(database: $0, directory: directory).summary() }
        }
    }

    /// Every attempt of every unit in order.
    public static func attempts(of directory: RunDirectory) throws -> [AttemptRecord] {
        let queue = try LedgerDatabase.openForReading(directory.journal, schema: LedgerSchema.journal)
        return try LedgerDatabase.translating(directory.journal) {
            try queue.read { try JournalReader(database: $0, directory: directory).attempts() }
        }
    }

    /// What the coordinator had to say to the user, in order; the first `count` are left out.
    public static func notices(of directory: RunDirectory, after count: Int = 0) throws -> [String] {
        let queue = try LedgerDatabase.openForReading(directory.journal, schema: LedgerSchema.journal)
        return try LedgerDatabase.translating(directory.journal) {
            try queue.read { database in
                guard try database.tableExists("notices") else { return [] }
                return try String.fetchAll(
                    database, sql: "SELECT text FROM notices ORDER BY id LIMIT -1 OFFSET ?", arguments: [count])
            }
        }
    }

    /// All progress reports of a unit in order, for curves.
    public static func progress(of unit: String, in directory: RunDirectory) throws -> [UnitProgress] {
        let queue = try LedgerDatabase.openForReading(directory.journal, schema: LedgerSchema.journal)
        return try LedgerDatabase.translating(directory.journal) {
            try queue.read { try JournalReader(database: $0, directory: directory).progress(of: unit) }
        }
    }

    // MARK: Moving a run

    /// Copies a journal as one plain file, also while somebody reads it.
    static func copy(_ path: String, to copy: String) throws {
        let queue = try LedgerDatabase.openForReading(path, schema: LedgerSchema.journal)
        try LedgerDatabase.translating(path) {
            let target = try DatabaseQueue(path: copy)
            try queue.backup(to: target)
            try LedgerDatabase.close(target)
        }
        DurableFiles.makePrivate(copy)
    }

    /// Gives the run of a journal that nobody uses another name.
    static func rename(_ path: String, to name: String) throws {
        let queue = try LedgerDatabase.openForWriting(
            path, schema: LedgerSchema.journal, tables: tables, steps: steps)
        try LedgerDatabase.translating(path) {
            try queue.write { try $0.execute(sql: "UPDATE run SET name = ?", arguments: [name]) }
            try LedgerDatabase.close(queue)
        }
    }
}
