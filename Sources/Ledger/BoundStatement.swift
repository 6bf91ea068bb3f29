import GRDB
import GRDBSQLite

/// A compiled statement whose values are bound one by one, for rows written by the thousand.
///
/// GRDB's lists of boxed arguments cost more than SQLite needs for a small row.
struct BoundStatement {
    private let statement: Statement
    private var place: Int32 = 0

    /// The statement for `sql`, compiled once for each connection.
    init(_ sql: String, _ database: Database) throws { statement = try database.cachedStatement(sql: sql) }

    private var pointer: OpaquePointer { statement.sqliteStatement }

    mutating func bind(_ value: Int) {
        place += 1
        sqlite3_bind_int64(pointer, place, Int64(value))
    }

    mutating func bind(_ value: Double?) {
        place += 1
        if let value { sqlite3_bind_double(pointer, place, value) } else { sqlite3_bind_null(pointer, place) }
    }

    mutating func bind(_ value: String?) {
        place += 1
        guard var value else {
            sqlite3_bind_null(pointer, place)
            return
        }
        value.withUTF8 { text in
            text.withMemoryRebound(to: CChar.self) { text in
                if let start = text.baseAddress {
                    _ = sqlite3_bind_text(pointer, place, start, Int32(text.count), Self.copied)
                } else {
                    // No address would be bound as null.
                    _ = sqlite3_bind_text(pointer, place, "", 0, Self.copied)
                }
            }
        }
    }

    mutating func bind(_ value: [UInt8]) {
        place += 1
        if value.isEmpty {
            sqlite3_bind_zeroblob(pointer, place, 0)
        } else {
            sqlite3_bind_blob(pointer, place, value, Int32(value.count), Self.copied)
        }
    }

    /// Runs the statement, which gives no rows, with the values bound since the last time.
    ///
    /// - Throws: GRDB's error for what SQLite says.
    mutating func run() throws {
        let code = sqlite3_step(pointer)
        let message = code == SQLITE_DONE ? nil : String(cString: sqlite3_errmsg(sqlite3_db_handle(pointer)))
        sqlite3_reset(pointer)
        place = 0
        guard let message else { return }
        throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message, sql: statement.sql)
    }

    /// SQLite copies what is bound.
    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}
