import GRDB

/// A row of a database that does not hold what it must: the file was damaged.
struct MalformedRow: Error, CustomStringConvertible {
    let description: String

    init(_ column: String) { description = "a row's '\(column)' is missing or of another type" }
}

extension Row {
    /// A value that must be there; the library's own subscript ends the program when it is not.
    func required<Value: DatabaseValueConvertible>(_ column: String, as type: Value.Type = Value.self) throws -> Value {
        guard let found: DatabaseValue = self[column], let value = Value.fromDatabaseValue(found) else {
            throw MalformedRow(column)
        }
        return value
    }

    func required<Value: DatabaseValueConvertible>(_ position: Int, as type: Value.Type = Value.self) throws -> Value {
        let found: DatabaseValue = self[position]
        guard let value = Value.fromDatabaseValue(found) else { throw MalformedRow("column \(position)") }
        return value
    }

    /// A value that may be null.
    func optional<Value: DatabaseValueConvertible>(_ column: String, as type: Value.Type = Value.self) -> Value? {
        (self[column] as DatabaseValue?).flatMap { Value.fromDatabaseValue($0) }
    }

    func optional<Value: DatabaseValueConvertible>(_ position: Int, as type: Value.Type = Value.self) -> Value? {
        Value.fromDatabaseValue(self[position] as DatabaseValue)
    }
}
