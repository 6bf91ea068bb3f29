import DurableFiles
import Foundation
public import Ledger

/// Deaths and silences of a run's ranks, in the run's folder: what `status` tells, and which nodes to avoid.
public struct FaultRecords: Sendable {
    /// One of them.
    public struct Fault: Hashable, Sendable, Codable {
        /// Which start of the ranks, counted by the supervisor.
        public var attempt: Int
        /// World rank; `nil` when it is not known which.
        public var rank: Int?
        /// Where it stood; `nil` when it never told.
        public var host: String?
        /// Such as `signal 9 (Killed)`.
        public var cause: String
        /// Seconds since 1970.
        public var atSeconds: Double

        /// Such as `rank 1 on n2: signal 9 (Killed)`.
        public var text: String {
            let who = rank.map { "rank \($0)" } ?? "the launcher"
            return who + (host.map { " on \($0)" } ?? "") + ": " + cause
        }
    }

    /// A node whose ranks went silent or died so often is left out while there are others.
    public static let limit = 3

    private let path: String

    public init(_ directory: RunDirectory) { path = directory.path + "/faults.jsonl" }

    func append(_ fault: Fault) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        try DurableFiles.append(line: String(decoding: try encoder.encode(fault), as: UTF8.self), to: path)
    }

    /// All of them in order; lines that cannot be read are left out.
    public func all() -> [Fault] {
        guard let bytes = try? DurableFiles.read(path) else { return [] }
        return bytes.split(separator: 10).compactMap { try? JSONDecoder().decode(Fault.self, from: Data($0)) }
    }

    /// Hosts with so many faults that they are to blame.
    func repeatOffenders() -> Set<String> {
        var counts: [String: Int] = [:]
        for case let host? in all().map(\.host) { counts[host, default: 0] += 1 }
        return Set(counts.filter { $0.value >= Self.limit }.keys)
    }
}
