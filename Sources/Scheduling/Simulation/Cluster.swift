public import Sites

/// The ranks of a simulation: who is idle, what runs where since when, and which files lie where.
///
/// Dispatchers read it; only the simulator changes it.
public final class Cluster {
    /// What a rank is doing.
    public enum Occupation: Hashable {
        /// Not asked for, or given back; it costs nothing.
        case closed
        /// Asked for; it is there at this time.
        case starting(until: Double)
        case idle
        case running(unit: Int)
        /// Interrupted; it is back at this time.
        case away(until: Double)
    }

    public let workload: Workload
    public let site: Site
    /// For each rank its pool in the site.
    public let poolOfRank: [Int]
    public let speeds: [Double]
    /// The different speeds, greatest first, and for each the ranks that have it, ascending.
    let speedClasses: [(speed: Double, ranks: [Int])]
    public internal(set) var now = 0.0
    public internal(set) var occupations: [Occupation]
    /// Ranks that are idle, ascending.
    public internal(set) var idleRanks: [Int]
    /// For each rank when its unit began to compute, after fetching.
    public internal(set) var computingSince: [Double]
    /// For each rank how many ranks its unit runs on together.
    var gangSizes: [Int]
    /// For each rank whether each file lies there; empty when moving costs nothing.
    private var holds: [[Bool]]
    public internal(set) var unfinishedCount: Int

    init(workload: Workload, site: Site, opensAll: Bool) {
        self.workload = workload
        self.site = site
        poolOfRank = site.poolOfRank
        let speeds = poolOfRank.map { site.pools[$0].speed }
        self.speeds = speeds
        speedClasses = Set(speeds).sorted(by: >).map { speed in
            (speed, speeds.indices.filter { speeds[$0] == speed })
        }
        let count = poolOfRank.count
        occupations = [Occupation](repeating: opensAll ? .idle : .closed, count: count)
        idleRanks = opensAll ? Array(0..<count) : []
        computingSince = [Double](repeating: 0, count: count)
        gangSizes = [Int](repeating: 1, count: count)
        let files = workload.files.count
        holds = site.bytesPerSecond == nil ? [] : Array(repeating: Array(repeating: false, count: files), count: count)
        unfinishedCount = workload.count
    }

    public var rankCount: Int { speeds.count }

    /// Seconds for which a rank would fetch what a unit reads and the rank lacks.
    public func fetchSeconds(_ unit: Int, to rank: Int) -> Double {
        guard let rate = site.bytesPerSecond, !holds.isEmpty else { return 0 }
        var bytes = 0.0
        for file in workload.reads[unit] where !holds[rank][file] { bytes += workload.files[file].bytes }
        return bytes / rate
    }

    /// Whether transfers cost anything.
    public var hasTransfers: Bool { !holds.isEmpty }

    func keepInputs(of unit: Int, on rank: Int) {
        guard !holds.isEmpty else { return }
        for file in workload.reads[unit] { holds[rank][file] = true }
    }

    func keepOutputs(of unit: Int, on rank: Int) {
        guard !holds.isEmpty else { return }
        for file in workload.makes[unit] { holds[rank][file] = true }
    }

    func setIdle(_ rank: Int) {
        occupations[rank] = .idle
        idleRanks.insert(rank, at: idleRanks.firstIndex { $0 > rank } ?? idleRanks.count)
    }

    func setOccupation(_ rank: Int, _ occupation: Occupation) {
        if occupations[rank] == .idle { idleRanks.removeAll { $0 == rank } }
        occupations[rank] = occupation
    }

    /// Seconds of a unit's work, told for one rank of speed 1, that get done in a second where it runs.
    public func rate(of unit: Int, on rank: Int) -> Double {
        speeds[rank] / workload.gang(of: unit).share(ranks: gangSizes[rank])
    }

    /// Expected seconds until a rank is free, as the estimates have it; 0 for an idle one, `nil` for a closed one.
    public func secondsUntilFree(_ rank: Int, _ estimates: some RunEstimates) -> Double? {
        switch occupations[rank] {
        case .closed: return nil
        case .idle: return 0
        case .starting(let until), .away(let until): return max(0, until - now)
        case .running(let unit):
            let fetching = max(0, computingSince[rank] - now)
            let rate = rate(of: unit, on: rank)
            let elapsed = max(0, now - computingSince[rank]) * rate
            return fetching + estimates.remaining(unit, after: elapsed) / rate
        }
    }
}
