import Determinism
import DurableFiles
import Foundation
public import Ledger

/// Which units were running on ranks that died, so that a unit that kills its rank again and again is found out.
public struct CrashRecords: Sendable {
    /// One death.
    public struct Crash: Hashable, Sendable, Codable {
        /// Name of the unit that ran on the rank.
        public var unit: String
        public var attempt: Int
        /// World rank that died.
        public var rank: Int
        /// What ended it, such as `signal 11 (Segmentation fault)`.
        public var cause: String
        /// Steps the unit had reported by then: one that got further may try again.
        public var steps: Int

        public init(unit: String, attempt: Int, rank: Int, cause: String, steps: Int) {
            self.unit = unit
            self.attempt = attempt
            self.rank = rank
            self.cause = cause
            self.steps = steps
        }
    }

    /// So many deaths of its rank at the same step fail a unit.
    public static let limit = 3

    private let path: String

    public init(_ directory: RunDirectory) { path = directory.path + "/crashes.jsonl" }

    public func append(_ crash: Crash) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        try DurableFiles.append(line: String(decoding: try encoder.encode(crash), as: UTF8.self), to: path)
    }

    /// The last death of each unit that died so often without getting further, by name.
    ///
    /// - Parameter extra: how many deaths more than ``limit`` a unit may have.
    public func hopeless(extra: (String) -> Int = { _ in 0 }) -> [String: Crash] {
        var result: [String: Crash] = [:]
        for (unit, crashes) in Dictionary(grouping: all(), by: \.unit) {
            guard let last = crashes.last else { continue }
            if crashes.count(where: { $0.steps >= last.steps }) >= Self.limit + extra(unit) { result[unit] = last }
        }
        return result
    }

    /// All of them in order; lines that cannot be read are left out.
    public func all() -> [Crash] {
        guard let bytes = try? DurableFiles.read(path) else { return [] }
        return bytes.split(separator: 10).compactMap { try? JSONDecoder().decode(Crash.self, from: Data($0)) }
    }
}
