import Determinism
public import Prediction

/// Estimates from earlier runs, corrected by the units of this run that have ended.
public struct LearnedDurations: RunEstimates {
    private var learner: RunLearner
    private let kindOf: [Int]
    private var members: [[Int]]
    private var features: [DurationFeatures]
    private let bytes: [Double]
    private var estimates: [LogNormal]
    private var expected: [Double]
    private var isFinished: [Bool]
    private var isKnown: [Bool]
    /// For each kind one of its units and its estimate when all were last looked at.
    private var probes: [(features: DurationFeatures, estimate: LogNormal)] = []
    private let parents: [[Int]]
    /// Logarithms of what finished units took.
    private var logSeconds: [Double]
    private struct Running {
        let unit: Int
        let start: Double
        let rate: Double
        /// When the next look at it teaches something.
        var lookAt: Double
        /// It has run for longer than half of its like.
        var isLate = false
    }
    /// Kinds of which a unit has ended since estimates were last looked at.
    private var changed: Set<Int> = []
    private var running: [Running] = []
    public private(set) var version = 0
    private var versions: [Int]
    private let workflowOfKind: [Int]
    /// For each kind how many of its units have ended, and had when all were last looked at.
    private var endedCounts: [(now: Int, looked: Int)] = []

    /// - Parameter model: what other runs took.
    public init(_ workload: Workload, model: DurationModel) {
        self.init(workload, models: Array(repeating: model, count: workload.arrivals.count))
    }

    /// - Parameter models: what other runs took, for each workflow.
    public init(_ workload: Workload, models: [DurationModel]) {
        precondition(models.count == workload.arrivals.count, "one model per workflow")
        var names: [String] = []
        var positions: [String: Int] = [:]
        var kindOf: [Int] = []
        var members: [[Int]] = []
        var modelOf: [Int] = []
        for unit in 0..<workload.count {
            // Workflows of one stream learn for themselves.
            let key = "\(workload.workflowOf[unit])\u{0}\(workload.kinds[unit])"
            let kind = positions[key] ?? names.count
            if kind == names.count {
                positions[key] = kind
                names.append(workload.kinds[unit])
                modelOf.append(workload.workflowOf[unit])
                members.append([])
            }
            members[kind].append(unit)
            kindOf.append(kind)
        }
        self.kindOf = kindOf
        self.members = members
        learner = RunLearner(zip(names, modelOf).map { (models[$1], $0) })
        workflowOfKind = modelOf
        versions = Array(repeating: 0, count: models.count)
        endedCounts = Array(repeating: (0, 0), count: names.count)
        parents = workload.precedence.parents
        logSeconds = Array(repeating: 0, count: workload.count)
        bytes = workload.inputBytes
        features = (0..<workload.count).map { unit in
            DurationFeatures(
                kind: workload.kinds[unit], parentCount: workload.precedence.parents[unit].count,
                inputBytes: workload.reads[unit].isEmpty ? workload.inputBytes[unit] : nil,
                parentLogSeconds: workload.precedence.parents[unit].isEmpty ? 0 : nil)
        }
        estimates = []
        expected = []
        isFinished = Array(repeating: false, count: workload.count)
        isKnown = features.map { $0.inputBytes != nil && $0.parentLogSeconds != nil }
        for unit in 0..<workload.count {
            let estimate = learner.estimate(features[unit], kind: kindOf[unit])
            estimates.append(estimate)
            expected.append(meanSeconds(unit))
        }
        probes = self.members.map { members in (features[members[0]], estimates[members[0]]) }
    }

    private func meanSeconds(_ unit: Int) -> Double { learner.meanSeconds(features[unit], kind: kindOf[unit]) }

    public func seconds(_ unit: Int) -> Double { expected[unit] }

    public func remaining(_ unit: Int, after elapsed: Double) -> Double {
        estimates[unit].remainingSeconds(after: elapsed)
    }

    /// The distribution behind ``seconds(_:)``.
    public func estimate(_ unit: Int) -> LogNormal { estimates[unit] }

    /// As ``estimate(_:)``, with everything that was learned since the unit was last looked at.
    public func current(_ unit: Int) -> LogNormal { learner.estimate(features[unit], kind: kindOf[unit]) }

    public func deviation(_ unit: Int) -> Double { estimates[unit].logVariance.squareRoot() }

    private mutating func refresh(_ unit: Int) {
        estimates[unit] = learner.estimate(features[unit], kind: kindOf[unit])
        expected[unit] = meanSeconds(unit)
    }

    public mutating func becameReady(_ unit: Int) {
        guard !isKnown[unit] else { return }
        isKnown[unit] = true
        features[unit].inputBytes = bytes[unit]
        if !parents[unit].isEmpty {
            let sum = parents[unit].reduce(0) { $0 + logSeconds[$1] }
            features[unit].parentLogSeconds = sum / Double(parents[unit].count)
        }
        refresh(unit)
    }

    public mutating func started(_ unit: Int, at seconds: Double, rate: Double) {
        running.append(
            Running(unit: unit, start: seconds, rate: rate, lookAt: seconds + estimates[unit].medianSeconds / rate))
    }

    public mutating func finished(_ unit: Int, seconds: Double?) {
        running.removeAll { $0.unit == unit }
        guard let seconds else { return }
        isFinished[unit] = true
        let kind = kindOf[unit]
        logSeconds[unit] = DurationFeatures.logarithm(seconds)
        learner.observe(features[unit], kind: kind, seconds: seconds)
        endedCounts[kind].now += 1
        changed.insert(kind)
    }

    public func version(ofWorkflow workflow: Int) -> Int { versions[workflow] }

    /// Whether units of the kind are expected to take noticeably longer or shorter than when they were last looked at.
    ///
    /// The first units of a kind that end move it much, later ones little; looking at all units each time would cost their square.
    private func hasMoved(_ kind: Int) -> Bool {
        // One of many more hardly moves anything.
        let (ended, looked) = endedCounts[kind]
        guard ended == looked || ended * 32 >= looked * 33 else { return false }
        let (features, before) = probes[kind]
        let now = learner.estimate(features, kind: kind)
        return abs(now.logMean - before.logMean) > 0.03
            || abs(now.logVariance - before.logVariance) > 0.2 * before.logVariance
    }

    private mutating func look(at kind: Int) {
        members[kind].removeAll { isFinished[$0] }
        for member in members[kind] { refresh(member) }
        let features = members[kind].last.map { self.features[$0] } ?? probes[kind].features
        probes[kind] = (features, learner.estimate(features, kind: kind))
        endedCounts[kind].looked = endedCounts[kind].now
        version += 1
        versions[workflowOfKind[kind]] += 1
    }

    public mutating func timePassed(to seconds: Double) {
        for index in running.indices where running[index].lookAt <= seconds {
            changed.insert(kindOf[running[index].unit])
            running[index].isLate = true
            running[index].lookAt = running[index].start + 1.5 * (seconds - running[index].start) + 1e-3
        }
        guard !changed.isEmpty else { return }
        for kind in changed.sorted() {
            let late = running.filter { $0.isLate && kindOf[$0.unit] == kind }
            learner.running(late.map { (features[$0.unit], max(0, seconds - $0.start) * $0.rate) }, kind: kind)
            if hasMoved(kind) { look(at: kind) }
        }
        changed.removeAll(keepingCapacity: true)
    }
}
