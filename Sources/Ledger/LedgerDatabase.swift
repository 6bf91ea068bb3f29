import DurableFiles
import GRDB
import Glibc

/// How ledger databases are opened: schema versions, locking that fits the file system.
enum LedgerDatabase {
    /// Opens for the one writer, creating tables when the file is new and bringing those of an earlier schema up to date.
    ///
    /// - Parameter steps: what makes of the schema before it the one it is listed under, when that is not the first.
    /// - Throws: ``LedgerError`` for a newer schema or a file that is no database.
    static func openForWriting(_ path: String, schema: Int, tables: String, steps: [Int: String] = [:]) throws
        -> DatabaseQueue
    {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        let networked = (try? FileSystem(of: path).isNetworked) ?? true
        configuration.prepareDatabase { database in
            // A log beside the database needs shared memory, which network file systems do not have.
            try database.execute(sql: networked ? "PRAGMA journal_mode = TRUNCATE" : "PRAGMA journal_mode = WAL")
            try database.execute(sql: "PRAGMA synchronous = NORMAL")
        }
        return try translating(path) {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.write { database in
                let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
                guard found <= schema else { throw LedgerError.newerSchema(of: path, found: found, known: schema) }
                if found == schema { return }
                if found == 0 { try database.execute(sql: tables) }
                for version in (found + 1)...schema where found > 0 {
                    if let step = steps[version] { try database.execute(sql: step) }
                }
                try database.execute(sql: "PRAGMA user_version = \(schema)")
            }
            DurableFiles.makePrivate(path)
            return queue
        }
    }

    /// Ends writing and leaves one plain file behind, which readers anywhere can open.
    ///
    /// SQLite refuses to leave its log while another connection is open, and does not wait: somebody who just reads is waited for.
    /// Under one who stays the log stays too: what was written is whole either way.
    static func close(_ queue: DatabaseQueue) throws {
        for _ in 0..<100 {
            do {
                try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
                break
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
                usleep(10_000)
            }
        }
        try queue.close()
    }

    /// Opens for reading only.
    static func openForReading(_ path: String, schema: Int) throws -> DatabaseQueue {
        guard DurableFiles.exists(path) else {
            throw LedgerError(.unknownName, "there is no '\(path)'; the run ended before it began, or was removed")
        }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        return try translating(path) {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            let found = try queue.read { try Int.fetchOne($0, sql: "PRAGMA user_version") ?? 0 }
            guard found <= schema else { throw LedgerError.newerSchema(of: path, found: found, known: schema) }
            guard found > 0 else { throw LedgerError.damaged(path, "it has no tables") }
            return queue
        }
    }

    /// Turns SQLite's failures into the ledger's: a full disk is 74, a place that cannot be written 73, a broken file 65.
    static func translating<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as MalformedRow {
            throw LedgerError.damaged(path, error.description)
        } catch is BinaryReader.Malformed {
            throw LedgerError.damaged(path, "a list in it ends too early")
        } catch let error as DatabaseError {
            switch error.resultCode {
            case .SQLITE_FULL: throw DurableFilesError(operation: "write", path: path, errorNumber: 28)
            case .SQLITE_IOERR:
                throw DurableFilesError(operation: "write", path: path, errorNumber: 5, detail: error.message)
            case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
                throw DurableFilesError(operation: "open", path: path, errorNumber: 13, detail: error.message)
            case .SQLITE_BUSY, .SQLITE_LOCKED:
                throw LedgerError(
                    .inUse, "'\(path)' is locked by another process; try again, or check the locks of the file system")
            default: throw LedgerError.damaged(path, error.message ?? "\(error)")
            }
        }
    }
}
