public import Determinism

/// Everything tables, reports and `--json` say about a run.
///
/// Additive: fields are added, never renamed.
public struct RunSummary: Hashable, Sendable, Codable {
    public var schema: Int = LedgerSchema.summary
    /// The run's name, such as `brave-heron`.
    public var run: String
    /// The recipe's name.
    public var recipe: String
    /// The recipe's file; empty for a compiled one.
    public var recipePath: String
    public var status: RunStatus
    /// Seconds since 1970, a record only.
    public var started: Double
    /// Seconds since 1970, a record only; `nil` while it runs.
    public var finished: Double?
    /// As written, by name.
    public var parameters: [String: String]
    public var seed: UInt64
    public var rankCount: Int
    /// In graph order.
    public var units: [UnitOutcome]

    public init(
        run: String, recipe: String, recipePath: String, status: RunStatus, started: Double, finished: Double? = nil,
        parameters: [String: String], seed: UInt64, rankCount: Int, units: [UnitOutcome] = []
    ) {
        self.run = run
        self.recipe = recipe
        self.recipePath = recipePath
        self.status = status
        self.started = started
        self.finished = finished
        self.parameters = parameters
        self.seed = seed
        self.rankCount = rankCount
        self.units = units
    }

    /// How many units are in `state`.
    public func count(_ state: UnitState) -> Int { units.count { $0.state == state } }

    /// Figures of all units; where two units report the same figure its name is preceded by the unit's.
    public var figures: [String: Double] {
        var owners: [String: Int] = [:]
        for unit in units { for name in unit.figures.keys { owners[name, default: 0] += 1 } }
        var result: [String: Double] = [:]
        for unit in units {
            for (name, value) in unit.figures { result[owners[name] == 1 ? name : unit.name + "." + name] = value }
        }
        return result
    }
}

/// How far a run is.
public enum RunStatus: String, Hashable, Sendable, Codable, CaseIterable {
    case running
    /// Every unit ran or was reused.
    case done
    /// A unit failed.
    case failed
    /// Somebody asked it to stop.
    case cancelled
    /// It ended without saying so, or was told to save and leave; submitting again goes on.
    case interrupted
}

/// How far a unit is.
public enum UnitState: String, Hashable, Sendable, Codable, CaseIterable {
    case pending, running, ran, reused, failed
    /// A unit it needs failed.
    case skipped

    /// Nothing more will happen to it in this run.
    public var isFinal: Bool { self != .pending && self != .running }
}

/// What became of one unit in one run.
public struct UnitOutcome: Hashable, Sendable, Codable {
    /// How the cause begins when two attempts have made different things.
    public static let contradiction = "two executions made different things"

    public var name: String
    public var kind: String
    /// The plan key.
    public var key: Digest
    public var state: UnitState
    /// Number of the last attempt; 0 when none was made.
    public var attempt: Int
    /// World ranks of the last attempt.
    public var ranks: [Int]
    /// Seconds since the start of the run.
    public var startSeconds: Double?
    /// Seconds since the start of the run.
    public var endSeconds: Double?
    /// What was predicted when the run was planned.
    public var predictedSeconds: Double?
    public var outputs: [OutputRecord]
    /// Figures of merit.
    public var figures: [String: Double]
    /// Why it failed or was skipped; for a reused unit, nothing.
    public var cause: String?
    /// Why it had to run, such as `parameter steps 600 → 1200`, or was reused.
    public var reason: String?
    /// Plan keys of the units it reads from.
    public var parents: [Digest]
    /// Captured standard output of the last attempt.
    public var logPath: String?
    /// The last progress report.
    public var progress: UnitProgress?

    public init(
        name: String, kind: String, key: Digest, state: UnitState = .pending, attempt: Int = 0, ranks: [Int] = [],
        startSeconds: Double? = nil, endSeconds: Double? = nil, predictedSeconds: Double? = nil,
        outputs: [OutputRecord] = [],
        figures: [String: Double] = [:], cause: String? = nil, reason: String? = nil, parents: [Digest] = [],
        logPath: String? = nil, progress: UnitProgress? = nil
    ) {
        self.name = name
        self.kind = kind
        self.key = key
        self.state = state
        self.attempt = attempt
        self.ranks = ranks
        self.startSeconds = startSeconds
        self.endSeconds = endSeconds
        self.predictedSeconds = predictedSeconds
        self.outputs = outputs
        self.figures = figures
        self.cause = cause
        self.reason = reason
        self.parents = parents
        self.logPath = logPath
        self.progress = progress
    }

    /// Wall-clock seconds of the last attempt.
    public var seconds: Double? {
        guard let startSeconds, let endSeconds else { return nil }
        return endSeconds - startSeconds
    }
}

/// One output of a unit in a run.
public struct OutputRecord: Hashable, Sendable, Codable {
    public var name: String
    /// Content digest.
    public var digest: Digest
    /// The file or folder.
    public var path: String
    public var bytes: Int

    public init(name: String, digest: Digest, path: String, bytes: Int) {
        self.name = name
        self.digest = digest
        self.path = path
        self.bytes = bytes
    }
}

/// How far a unit says it is.
public struct UnitProgress: Hashable, Sendable, Codable {
    public var completed: Int
    public var total: Int
    public var figures: [String: Double]
    /// Seconds since the start of the run.
    public var atSeconds: Double

    public init(completed: Int, total: Int, figures: [String: Double], atSeconds: Double) {
        self.completed = completed
        self.total = total
        self.figures = figures
        self.atSeconds = atSeconds
    }
}
