import Determinism
import WorkGraph

/// What earlier runs say of the units of one kind.
///
/// The logarithm of seconds is a line in the logarithms of the seconds that ``AssumedRates`` give the work, of the ranks and of the
/// processors a rank has. Units with their own settings (else of one name) differ from the line by an amount of their own: all commands
/// look like the same work beforehand.
struct KindHistory: Sendable {
    /// What one measured unit adds to a line.
    struct Sample: Sendable {
        let x: SIMD3<Double>
        let y: Double
        let settings: String
        let name: String
        let run: String
        /// Machines that are equally fast share a class.
        let hostClass: String
    }

    /// Units that are told apart by one thing: how far they lie from the line, and how well that is known.
    private struct Group: Sendable {
        var offset: Double
        var variance: Double
        var count: Int
        /// Mean of the logarithm of the assumed seconds.
        var work: Double
    }

    private let fit: KindFit
    private var bySettings: [String: Group] = [:]
    private var byName: [String: Group] = [:]
    /// Variance of the logarithm between executions of a unit with equal settings, and between those of one name.
    private let settingsNoise: Double
    private let nameNoise: Double
    /// Seen on these machines.
    private let hostClasses: Set<String>
    let count: Int

    /// - Parameter samples: in the order of time, not empty.
    init(_ samples: [Sample], prior: KindFit.Prior) {
        count = samples.count
        hostClasses = Set(samples.map(\.hostClass))
        fit = KindFit(Self.points(samples), prior: prior)
        let fit = fit
        let residuals = samples.map { $0.y - fit.belief.value(at: fit.features($0.x)).mean }
        let between = fit.runVariance
        settingsNoise = fit.noiseVariance
        let work = samples.map(\.x.x)
        bySettings = Self.groups(samples.map(\.settings), residuals, work, between: between, noise: fit.noiseVariance)
        // Settings of one name differ in what the work does not tell, such as the arguments of a command.
        nameNoise = Self.noise(samples.map(\.name), residuals, prior: fit.noiseVariance + min(0.25, between / 4))
        byName = Self.groups(samples.map(\.name), residuals, work, between: between, noise: nameNoise)
    }

    /// One block for each identity, in the order of first appearance.
    static func points(_ samples: [Sample]) -> [KindFit.Point] {
        var blocks: [String: Int] = [:]
        let numbered = samples.map { sample -> KindFit.Point in
            let identity = sample.settings.isEmpty ? "name " + sample.name : sample.settings
            let block = blocks[identity] ?? blocks.count
            blocks[identity] = block
            return KindFit.Point(x: sample.x, y: sample.y, run: block)
        }
        return numbered.enumerated().sorted { ($0.element.run, $0.offset) < ($1.element.run, $1.offset) }.map(\.element)
    }

    private static func groups(
        _ names: [String], _ residuals: [Double], _ work: [Double], between: Double, noise: Double
    ) -> [String: Group] {
        var sums: [String: (sum: Double, work: Double, count: Int)] = [:]
        for (place, name) in names.enumerated() where !name.isEmpty {
            sums[name, default: (0, 0, 0)].sum += residuals[place]
            sums[name, default: (0, 0, 0)].work += work[place]
            sums[name, default: (0, 0, 0)].count += 1
        }
        return sums.mapValues { group in
            let variance = 1 / (1 / between + Double(group.count) / noise)
            return Group(
                offset: group.sum / noise * variance, variance: variance, count: group.count,
                work: group.work / Double(group.count))
        }
    }

    /// Pooled variance within groups of a name; one group's thousand units do not outvote the others.
    private static func noise(_ names: [String], _ residuals: [Double], prior: Double) -> Double {
        var lists: [String: [Double]] = [:]
        for (name, residual) in zip(names, residuals) { lists[name, default: []].append(residual) }
        let weightOfPrior = 4.0
        var sum = prior * weightOfPrior
        var degrees = weightOfPrior
        for name in lists.keys.sorted() {
            guard let list = lists[name], list.count > 1, !name.isEmpty else { continue }
            let mean = list.reduce(0, +) / Double(list.count)
            let weight = min(1, 20 / Double(list.count))
            sum += weight * list.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            degrees += weight * Double(list.count - 1)
        }
        return max(sum / degrees, 1e-4)
    }

    /// Whether units of the kind have run on these machines, as far as the history tells.
    func hasRun(on hostClass: String) -> Bool {
        hostClass.isEmpty || hostClasses.contains(hostClass) || hostClasses.contains("")
    }

    /// The forecast of a unit.
    ///
    /// - Parameter runVariance: what runs as a whole differ by; part of what units vary by from run to run.
    func forecast(_ x: SIMD3<Double>, settings: String, name: String, hostClass: String, runVariance: Double)
        -> UnitForecast
    {
        let value = fit.belief.value(at: fit.features(x))
        // The fit's own variance is that of a new identity.
        let line = max(0, value.variance - fit.runVariance)
        // Another sort of machine may be faster or slower by a third.
        let strange = hasRun(on: hostClass) ? 0 : 0.1
        func known(_ group: Group, noise: Double, basis: DurationEstimate.Basis) -> UnitForecast {
            UnitForecast(
                logMean: value.mean + group.offset, sharedVariance: runVariance + strange,
                ownVariance: group.variance + max(1e-4, noise - runVariance), basis: basis)
        }
        if let group = bySettings[settings], !settings.isEmpty {
            // The same settings on other data are other work.
            let isSame = abs(group.work - x.x) <= 0.01
            return known(
                group, noise: settingsNoise,
                basis: isSame ? .observed(count: group.count) : .scaled(count: group.count))
        }
        if let group = byName[name] { return known(group, noise: nameNoise, basis: .scaled(count: group.count)) }
        return UnitForecast(
            logMean: value.mean, sharedVariance: line + runVariance + strange,
            ownVariance: fit.runVariance + max(1e-4, settingsNoise - runVariance), basis: .scaled(count: count))
    }
}
