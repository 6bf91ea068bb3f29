import Foundation

/// Writes values for programs: sorted keys, one object, on standard output.
enum JSONOutput {
    /// Prints `value` as pretty JSON.
    static func print(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        FileHandle.standardOutput.write(try encoder.encode(value) + Data("\n".utf8))
    }
}
