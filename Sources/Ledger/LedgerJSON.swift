import DurableFiles
import Foundation

/// JSON with one byte form: sorted keys, plain slashes, non-finite numbers as text.
enum LedgerJSON {
    static func encode(_ value: some Encodable, pretty: Bool = true) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            pretty ? [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return Array(try encoder.encode(value)) + [10]
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8], path: String) throws -> Value {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do {
            return try decoder.decode(type, from: Data(bytes))
        } catch {
            throw LedgerError.damaged(path, "\(error)")
        }
    }

    /// Reads a file whose top level has a `schema` number.
    ///
    /// - Throws: ``LedgerError`` naming the version when it is newer than `known`.
    static func read<Value: Decodable>(_ type: Value.Type, _ path: String, known: Int) throws -> Value {
        let bytes = try DurableFiles.read(path)
        let found = try decode(Versioned.self, from: bytes, path: path).schema
        guard found <= known else { throw LedgerError.newerSchema(of: path, found: found, known: known) }
        return try decode(type, from: bytes, path: path)
    }
}

/// The one field that every file of the ledger has.
private struct Versioned: Decodable { let schema: Int }
