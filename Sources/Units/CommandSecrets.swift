import Determinism
import Foundation

/// Secrets that a program is given: from variables of this process, or from files that variables name.
///
/// They reach neither keys nor the lock.
struct CommandSecrets {
    /// By variable.
    let values: [String: String]

    var texts: [String] { values.keys.sorted().compactMap { values[$0] } }

    /// - Throws: ``CommandError`` for one that is nowhere, or too short to be told from other text.
    init(_ names: [String], _ environment: [String: String]) throws {
        var values: [String: String] = [:]
        for name in names {
            let file = environment[name + "_FILE"]
            var value = environment[name]
            if value == nil, let file {
                guard let bytes = FileManager.default.contents(atPath: file) else {
                    throw CommandError("the secret '\(name)' cannot be read from '\(file)' (\(name)_FILE)")
                }
                value = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .newlines)
            }
            guard let value, !value.isEmpty else {
                throw CommandError(
                    "the secret '\(name)' is not there: set the variable \(name), or \(name)_FILE to a file that holds it"
                )
            }
            guard value.utf8.count >= Self.leastBytes else {
                throw CommandError(
                    "the secret '\(name)' has \(value.utf8.count) bytes; one of less than \(Self.leastBytes) cannot be told from other text in logs. Use passing: for what is no secret."
                )
            }
            values[name] = value
        }
        self.values = values
    }

    private static let leastBytes = 6
}
