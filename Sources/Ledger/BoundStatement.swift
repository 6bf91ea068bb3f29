import GRDB
import GRDBSQLite

/// A compiled statement whose values are bound one by one, for rows written by the thousand.
///
/// GRDB's lists of boxed arguments cost more than SQLite needs for a small row, and so do copies of every text and blob by SQLite: they
/// wait side by side in one buffer until the row is written.
struct BoundStatement {
    /// A text or blob of the row, which lies in the buffer.
    private struct Piece {
        let place: Int32
        let start: Int
        let count: Int
        let isText: Bool
    }

    private let statement: Statement
    private var place: Int32 = 0
    private var pieces: [Piece] = []
    private var buffer: [UInt8] = []

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
        guard let value else {
            sqlite3_bind_null(pointer, place)
            return
        }
        let start = buffer.count
        buffer.append(contentsOf: value.utf8)
        pieces.append(Piece(place: place, start: start, count: buffer.count - start, isText: true))
    }

    mutating func bind(_ value: [UInt8]?) {
        place += 1
        guard let value else {
            sqlite3_bind_null(pointer, place)
            return
        }
        pieces.append(Piece(place: place, start: buffer.count, count: value.count, isText: false))
        buffer.append(contentsOf: value)
    }

    /// Runs the statement, which gives no rows, with the values bound since the last time.
    ///
    /// - Throws: GRDB's error for what SQLite says.
    mutating func run() throws {
        // Never empty, so that it has an address: no address would be bound as null.
        buffer.append(0)
        let failure = buffer.withUnsafeBytes { bytes -> (code: Int32, message: String)? in
            for piece in pieces {
                let start = bytes.baseAddress.map { $0 + piece.start }
                if piece.isText {
                    sqlite3_bind_text(
                        pointer, piece.place, start?.assumingMemoryBound(to: CChar.self), Int32(piece.count), nil)
                } else {
                    sqlite3_bind_blob(pointer, piece.place, start, Int32(piece.count), nil)
                }
            }
            let code = sqlite3_step(pointer)
            defer { sqlite3_reset(pointer) }
            return code == SQLITE_DONE ? nil : (code, String(cString: sqlite3_errmsg(sqlite3_db_handle(pointer))))
        }
        place = 0
        pieces.removeAll(keepingCapacity: true)
        buffer.removeAll(keepingCapacity: true)
        guard let failure else { return }
        throw DatabaseError(
            resultCode: ResultCode(rawValue: failure.code), message: failure.message, sql: statement.sql)
    }
}
