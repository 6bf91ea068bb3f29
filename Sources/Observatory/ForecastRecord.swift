import DurableFiles
import Foundation
public import Ledger

/// What was expected of a run before it began, in `forecast.json` of its folder.
public struct ForecastRecord: Hashable, Sendable, Codable {
    /// What nine of ten, half and one of ten exceed.
    public struct Range: Hashable, Sendable, Codable {
        public var p10: Double
        public var median: Double
        public var p90: Double

        public init(p10: Double, median: Double, p90: Double) {
            self.p10 = p10
            self.median = median
            self.p90 = p90
        }
    }

    public var schema = 1
    /// MPI ranks.
    public var ranks: Int
    /// Seconds from the first start of a unit to the last end.
    public var seconds: Range
    /// Ranks times the seconds they compute.
    public var rankSeconds: Range
    /// Units that were expected to run.
    public var runCount: Int
    /// Of these, how many were guessed without any history of their kind.
    public var assumedCount: Int
    /// The pool of the site the ranks belong to; `nil` without a site file.
    public var pool: String?
    /// What one rank costs an hour; `nil` where no price is given.
    public var pricePerHour: Double?
    /// Seconds from asking for the ranks to the first unit, which are paid.
    public var startupSeconds: Double?
    /// What prices are told in, for people.
    public var currency: String?

    public init(
        ranks: Int, seconds: Range, rankSeconds: Range, runCount: Int, assumedCount: Int, pool: String? = nil,
        pricePerHour: Double? = nil, startupSeconds: Double? = nil, currency: String? = nil
    ) {
        self.startupSeconds = startupSeconds
        self.currency = currency
        self.ranks = ranks
        self.seconds = seconds
        self.rankSeconds = rankSeconds
        self.runCount = runCount
        self.assumedCount = assumedCount
        self.pool = pool
        self.pricePerHour = pricePerHour
    }

    private static func path(_ directory: RunDirectory) -> String { directory.path + "/forecast.json" }

    public func write(to directory: RunDirectory) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        try DurableFiles.write(Array(try encoder.encode(self)), to: Self.path(directory))
    }

    /// That of a run; `nil` for a run of an older program, or when the file cannot be read: a forecast is a record only.
    public static func read(from directory: RunDirectory) -> ForecastRecord? {
        guard let bytes = try? DurableFiles.read(path(directory)) else { return nil }
        return try? JSONDecoder().decode(ForecastRecord.self, from: Data(bytes))
    }
}
