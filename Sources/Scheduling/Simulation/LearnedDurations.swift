import Determinism
public import Prediction

/// Estimates from earlier runs, corrected by the units of this run that have ended.
public struct LearnedDurations: RunEstimates {
    private var learner: RunLearner
    private let kindOf: [Int]
    private var features: [DurationFeatures]
    private let bytes: [Double]
    /// Units of one kind of which the same is known: they are looked at together.
    private struct Group {
        let place: DurationFeatures.Place
        var estimate: LogNormal
        var seconds: Double
        var unfinishedCount = 0
    }
    private var groups: [Group] = []
    private struct GroupKey: Hashable { let kind: Int, place: DurationFeatures.Place }
    private var groupAt: [GroupKey: Int] = [:]
    /// For each kind its groups with units that have not ended.
    private var groupsOfKind: [[Int]]
    private var groupOf: [Int]
    private var isKnown: [Bool]
    /// For each kind one of its units and its estimate when all were last looked at.
    private var probes: [(place: DurationFeatures.Place, estimate: LogNormal)] = []
    private let parents: [[Int]]
    /// Logarithms of what finished units took.
    private var logSeconds: [Double]
    private struct Running {
        let unit: Int
        let start: Double
        let rate: Double
        /// What was said of it when it started.
        let words: RunLearner.Words
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

    /// - Parameters:
    ///   - model: what other runs took.
    ///   - hasExperts: whether ``current(_:)`` follows the best expert.
    public init(_ workload: Workload, model: DurationModel, hasExperts: Bool = false) {
        self.init(
            workload, models: Array(repeating: model, count: workload.arrivals.count), hasExperts: hasExperts)
    }

    /// - Parameter models: what other runs took, for each workflow.
    public init(_ workload: Workload, models: [DurationModel], hasExperts: Bool = false) {
        precondition(models.count == workload.arrivals.count, "one model per workflow")
        var names: [String] = []
        var positions: [String: Int] = [:]
        var kindOf: [Int] = []
        var modelOf: [Int] = []
        for unit in 0..<workload.count {
            // Workflows of one stream learn for themselves.
            let key = "\(workload.workflowOf[unit])\u{0}\(workload.kinds[unit])"
            let kind = positions[key] ?? names.count
            if kind == names.count {
                positions[key] = kind
                names.append(workload.kinds[unit])
                modelOf.append(workload.workflowOf[unit])
            }
            kindOf.append(kind)
        }
        self.kindOf = kindOf
        learner = RunLearner(zip(names, modelOf).map { (models[$1], $0) }, hasExperts: hasExperts)
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
        var sources = [Double](repeating: 0, count: models.count)
        var counts = [Int](repeating: 0, count: names.count)
        for unit in 0..<workload.count {
            let made = workload.reads[unit].reduce(0) { $0 + workload.files[$1].bytes }
            sources[workload.workflowOf[unit]] += max(0, workload.inputBytes[unit] - made)
            counts[kindOf[unit]] += 1
        }
        for unit in 0..<workload.count {
            features[unit].runSourceBytes = sources[workload.workflowOf[unit]]
            features[unit].kindCount = counts[kindOf[unit]]
        }
        isKnown = features.map { $0.inputBytes != nil && $0.parentLogSeconds != nil }
        groupsOfKind = Array(repeating: [], count: names.count)
        groupOf = Array(repeating: 0, count: workload.count)
        for unit in 0..<workload.count { join(unit) }
        probes = groupsOfKind.map { (groups[$0[0]].place, groups[$0[0]].estimate) }
    }

    /// Puts a unit to those of its kind of which the same is known.
    private mutating func join(_ unit: Int) {
        let kind = kindOf[unit]
        let key = GroupKey(kind: kind, place: features[unit].place)
        let group: Int
        if let known = groupAt[key] {
            group = known
            // Its last unit had ended, and nobody looked at it since.
            if groups[group].unfinishedCount == 0 { refresh(group, kind: kind) }
        } else {
            group = groups.count
            groupAt[key] = group
            let outlook = learner.outlook(at: key.place, kind: kind)
            groups.append(Group(place: key.place, estimate: outlook.estimate, seconds: outlook.meanSeconds))
            groupsOfKind[kind].append(group)
        }
        groups[group].unfinishedCount += 1
        groupOf[unit] = group
    }

    private mutating func refresh(_ group: Int, kind: Int) {
        (groups[group].estimate, groups[group].seconds) = learner.outlook(at: groups[group].place, kind: kind)
    }

    public func seconds(_ unit: Int) -> Double { groups[groupOf[unit]].seconds }

    public func remaining(_ unit: Int, after elapsed: Double) -> Double {
        groups[groupOf[unit]].estimate.remainingSeconds(after: elapsed)
    }

    /// The distribution behind ``seconds(_:)``.
    public func estimate(_ unit: Int) -> LogNormal { groups[groupOf[unit]].estimate }

    /// As ``estimate(_:)``, with everything that was learned since the unit was last looked at.
    public func current(_ unit: Int) -> LogNormal { learner.estimate(features[unit], kind: kindOf[unit]) }

    public func deviation(_ unit: Int) -> Double { estimate(unit).logVariance.squareRoot() }

    public mutating func becameReady(_ unit: Int) {
        guard !isKnown[unit] else { return }
        isKnown[unit] = true
        features[unit].inputBytes = bytes[unit]
        if !parents[unit].isEmpty {
            let sum = parents[unit].reduce(0) { $0 + logSeconds[$1] }
            features[unit].parentLogSeconds = sum / Double(parents[unit].count)
            features[unit].relatives = relatives(of: unit)
        }
        groups[groupOf[unit]].unfinishedCount -= 1
        join(unit)
    }

    /// The nearest units it comes from, at most one of a kind.
    private func relatives(of unit: Int) -> [DurationFeatures.Relative] {
        var found: [DurationFeatures.Relative] = []
        // Of many parents the first and those before them stand for the others.
        let nearest = parents[unit].prefix(4)
        let far = nearest.lazy.flatMap { features[$0].relatives }
        for relative in nearest.map({ .init(kind: kindOf[$0], logSeconds: logSeconds[$0]) }) + far {
            if found.count < 6, !found.contains(where: { $0.kind == relative.kind }) { found.append(relative) }
        }
        return found
    }

    public mutating func started(_ unit: Int, at seconds: Double, rate: Double) {
        running.append(
            Running(
                unit: unit, start: seconds, rate: rate, words: learner.words(features[unit], kind: kindOf[unit]),
                lookAt: seconds + estimate(unit).medianSeconds / rate))
    }

    public mutating func finished(_ unit: Int, seconds: Double?) {
        let words = running.first { $0.unit == unit }?.words
        running.removeAll { $0.unit == unit }
        guard let seconds else { return }
        groups[groupOf[unit]].unfinishedCount -= 1
        let kind = kindOf[unit]
        logSeconds[unit] = DurationFeatures.logarithm(seconds)
        learner.observe(features[unit], kind: kind, seconds: seconds, words: words)
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
        let (place, before) = probes[kind]
        let now = learner.estimate(at: place, kind: kind)
        return abs(now.logMean - before.logMean) > 0.03
            || abs(now.logVariance - before.logVariance) > 0.2 * before.logVariance
    }

    private mutating func look(at kind: Int) {
        groupsOfKind[kind].removeAll { group in
            guard groups[group].unfinishedCount == 0 else { return false }
            groupAt[GroupKey(kind: kind, place: groups[group].place)] = nil
            return true
        }
        for group in groupsOfKind[kind] { refresh(group, kind: kind) }
        if let last = groupsOfKind[kind].last {
            probes[kind] = (groups[last].place, groups[last].estimate)
        } else {
            probes[kind].estimate = learner.estimate(at: probes[kind].place, kind: kind)
        }
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
