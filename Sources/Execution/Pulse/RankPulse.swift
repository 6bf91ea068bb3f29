import DurableFiles
import Foundation
public import Ledger

/// The last sign of life of one rank, as its file in the run's folder says it.
///
/// Files need no connection: whoever sees the store sees whether ranks on other machines live, and a supervisor tells one that computes
/// from one that is stopped, cut off or stuck.
public struct RankPulse: Hashable, Sendable, Codable {
    public var schema = 1
    /// World rank.
    public var rank: Int
    /// The node as Slurm calls it, or else the host's name.
    public var host: String
    public var process: Int32
    /// Fence of the session, so that what is left of an earlier start is not taken for life.
    public var fence: Int
    /// Grows with every beat; compared instead of times, because clocks jump and differ between machines.
    public var beat: Int
    /// Seconds since 1970 by the rank's own clock, for people.
    public var atSeconds: Double
    /// The rank is past its last unit: it writes and leaves, which may take long on a slow disk.
    public var isLeaving: Bool
    /// A unit that is past its time limit and does not ask whether it should stop.
    public var overdueUnit: String?
    /// For how long it has not.
    public var overdueSeconds: Double?

    /// So many seconds lie between two beats.
    public static let interval = 2.0

    static func folder(_ run: RunDirectory) -> String { run.path + "/ranks" }
    static func path(_ rank: Int, _ run: RunDirectory) -> String { "\(folder(run))/\(rank).json" }

    /// The pulse of one rank; `nil` before its first beat.
    public static func of(_ rank: Int, in run: RunDirectory) -> RankPulse? {
        guard let bytes = try? DurableFiles.read(path(rank, run)) else { return nil }
        return try? JSONDecoder().decode(RankPulse.self, from: Data(bytes))
    }

    /// All pulses of a run by rank.
    public static func all(in run: RunDirectory) -> [RankPulse] {
        let entries = (try? DurableFiles.entries(of: folder(run))) ?? []
        let ranks = entries.compactMap { $0.name.hasSuffix(".json") ? Int($0.name.dropLast(5)) : nil }.sorted()
        return ranks.compactMap { of($0, in: run) }
    }

    /// Forgets all of them, before ranks are started.
    public static func clear(_ run: RunDirectory) throws { try DurableFiles.removeTree(folder(run)) }
}
