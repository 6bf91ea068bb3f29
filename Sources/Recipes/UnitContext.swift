public import Determinism
public import Ranks
public import WorkGraph

/// One input part as a running unit sees it.
public struct ResolvedInput: Hashable, Sendable, Codable {
    /// The file or folder to read.
    public let path: String
    /// Content digest.
    public let digest: Digest

    public init(path: String, digest: Digest) {
        self.path = path
        self.digest = digest
    }
}

/// What was asked of a running unit.
public enum StopRequest: Int, Sendable, Codable {
    case none = 0
    /// Save a checkpoint at the next good place and throw ``Interrupted``.
    case checkpoint = 1
    /// Throw ``Interrupted`` as soon as possible.
    case cancel = 2
}

/// Where a running unit tells how far it is.
///
/// Implementations are quick and may drop reports.
public protocol UnitReporter: Sendable {
    /// Progress for bars and estimates: `completed` of `total` in any unit, with named figures such as `loss`.
    func progress(_ completed: Int, of total: Int, figures: [String: Double])
    /// A line for the unit's log.
    func log(_ line: String)
    /// A figure of merit of the finished unit for tables and `runs --sort`, such as `action_error`.
    func figure(_ name: String, _ value: Double)
    /// A file beside the unit's log, such as `profile.json`: a record of this attempt and no part of any output.
    func record(_ name: String, _ bytes: [UInt8])
}

extension UnitReporter {
    public func record(_ name: String, _ bytes: [UInt8]) {}
}

/// Everything a unit may touch while it runs on one rank of its gang.
public struct UnitContext: Sendable {
    public let unit: WorkUnit
    /// 1 for the first attempt.
    public let attempt: Int
    /// Name of the run, for logs only: no output may depend on it.
    public let runName: String
    /// The ranks that run this unit together.
    public let gang: any Gang
    /// Processors this rank may use.
    public let threads: Int
    /// By port, as bound in the unit.
    public let inputs: [String: [ResolvedInput]]
    /// The folders of this attempt.
    public let place: any UnitPlace
    /// The processors set aside for this rank's part of the unit; empty when it may use all.
    public let processors: [Int]
    /// Seconds since 1970 at which the attempt is ended; `nil` for no limit.
    public let deadline: Double?
    /// The same folder of the project the recipe was planned in.
    public let projectDirectory: String
    public let reporter: any UnitReporter
    private let stopRequest: @Sendable () -> StopRequest

    /// A context whose folders exist, as tests make it.
    public init(
        unit: WorkUnit, attempt: Int, runName: String, gang: any Gang, threads: Int,
        inputs: [String: [ResolvedInput]], outputDirectory: String, workDirectory: String, checkpointDirectory: String,
        projectDirectory: String, reporter: any UnitReporter, stopRequest: @escaping @Sendable () -> StopRequest
    ) {
        self.init(
            unit: unit, attempt: attempt, runName: runName, gang: gang, threads: threads, inputs: inputs,
            place: FixedPlace(
                outputDirectory: outputDirectory, workDirectory: workDirectory, checkpointDirectory: checkpointDirectory
            ),
            projectDirectory: projectDirectory, reporter: reporter, stopRequest: stopRequest)
    }

    public init(
        unit: WorkUnit, attempt: Int, runName: String, gang: any Gang, threads: Int,
        inputs: [String: [ResolvedInput]], place: any UnitPlace, processors: [Int] = [], deadline: Double? = nil,
        projectDirectory: String, reporter: any UnitReporter, stopRequest: @escaping @Sendable () -> StopRequest
    ) {
        self.unit = unit
        self.attempt = attempt
        self.runName = runName
        self.gang = gang
        self.threads = threads
        self.inputs = inputs
        self.place = place
        self.processors = processors
        self.deadline = deadline
        self.projectDirectory = projectDirectory
        self.reporter = reporter
        self.stopRequest = stopRequest
    }

    /// Outputs are written below this folder; shared by the gang.
    public var outputDirectory: String { place.outputDirectory }

    /// Deleted after the attempt unless it failed.
    public var workDirectory: String { place.workDirectory }

    /// Kept across attempts until the unit has finished.
    public var checkpointDirectory: String { place.checkpointDirectory }

    /// What is asked of the unit now; read often.
    ///
    /// Ranks of a gang may see it at different times and must agree by exchange.
    public var stop: StopRequest { stopRequest() }

    /// Seed of the unit's random numbers.
    ///
    /// - Precondition: the kind says ``KindDescription/isRandom``.
    public var seed: UInt64 {
        guard let seed = unit.seed else {
            preconditionFailure("'\(unit.kind)' draws numbers but is not declared random")
        }
        return seed
    }

    /// Where to write output `name`, a file or a folder.
    ///
    /// Written by rank 0 of the gang unless the kind divides it.
    public func output(_ name: String) -> String { outputDirectory + "/" + name }

    /// Paths of the parts of an input port, in order; empty when an optional input is absent.
    public func paths(_ port: String) -> [String] { (inputs[port] ?? []).map(\.path) }

    /// The path of a port with one part.
    ///
    /// - Precondition: the port is declared and bound to one part.
    public func path(_ port: String) -> String {
        guard let path = inputs[port]?.first?.path else { preconditionFailure("port '\(port)' is not bound") }
        return path
    }
}
