public import Determinism
import DurableFiles
public import Execution
import Foundation
public import Ledger
public import Sites

/// How a run was asked for, kept in its folder: rank 0 reads it back, also when the run is taken up again.
public struct LaunchRequest: Hashable, Sendable, Codable {
    public var schema = 1
    /// MPI ranks to start.
    public var rankCount: Int
    /// Folder of the project the recipe was planned in, absolute.
    public var projectDirectory: String
    /// Keys of units that run although their outputs exist.
    public var rerun: [Digest] = []
    /// Why units run or are reused, by key.
    public var reasons: [String: String] = [:]
    public var failsFast = false
    /// Units that straggle run a second time; `nil` in requests of earlier versions.
    public var speculates: Bool?
    /// Countable resources of the site.
    public var countable: [String: Int] = [:]
    /// In which order ready units start; `nil` for the usual one.
    public var policy: String?
    /// Ranks times seconds after which the run saves checkpoints and stops; `nil` for no limit.
    public var budgetRankSeconds: Double?

    /// What starts the ranks; `nil` for `mpirun`.
    public var launcher: SlurmDefaults.Launcher?
    /// Bytes of memory that a rank may use by the site file; `nil` for its share of the machine.
    public var memoryPerRankBytes: Double?
    /// A rank without a sign of life for so long is ended and started again.
    public var hangSeconds: Double?

    public static let defaultHangSeconds = 60.0

    public init(rankCount: Int, projectDirectory: String) {
        self.rankCount = rankCount
        self.projectDirectory = projectDirectory
    }

    private static func path(_ directory: RunDirectory) -> String { directory.path + "/launch.json" }

    public func write(to directory: RunDirectory) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        try DurableFiles.write(Array(try encoder.encode(self)), to: Self.path(directory))
    }

    public static func read(from directory: RunDirectory) throws -> LaunchRequest {
        let bytes = try DurableFiles.read(path(directory))
        do {
            return try JSONDecoder().decode(LaunchRequest.self, from: Data(bytes))
        } catch {
            throw LaunchError(
                "'\(path(directory))' is damaged (\(error)); submit the recipe again", exitCode: ExitCode.badData)
        }
    }

    /// The run as rank 0 needs it: graph and record from the run's folder.
    public func prepared(_ directory: RunDirectory) throws -> PreparedRun {
        var prepared = PreparedRun(
            graph: try directory.graph(), directory: directory, record: try directory.record(),
            projectDirectory: projectDirectory)
        prepared.rerun = Set(rerun)
        for (text, reason) in reasons {
            if let key = Digest(hexDigits: text) { prepared.reasons[key] = reason }
        }
        prepared.failsFast = failsFast
        prepared.speculates = speculates ?? false
        prepared.countable = countable
        prepared.memoryPerRankBytes = memoryPerRankBytes
        prepared.policy = policy
        prepared.budgetRankSeconds = budgetRankSeconds
        return prepared
    }
}
