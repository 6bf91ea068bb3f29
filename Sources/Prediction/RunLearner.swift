import Determinism

/// What a run teaches about its own units while it goes on, on top of the history.
///
/// The first unit of a kind that ends moves the belief as far as runs were seen to differ; after some the run's own
/// durations count and the history fades. Units that run on teach too: they take longer than what they have taken.
public struct RunLearner: Sendable {
    /// One of the two lines of a kind, with what the run says of the noise around it.
    private struct Line: Sendable {
        var fit: KindFit
        /// Sum of squared surprises that the line's own uncertainty does not explain.
        var squares = 0.0
        /// Sum of quotients of what units took and what the line expected.
        var quotients = 0.0
        var count = 0.0

        /// How many observations the noise of the history counts for.
        private static let historyWeight = 8.0

        var noiseVariance: Double {
            (fit.noiseVariance * Self.historyWeight + squares) / (Self.historyWeight + count)
        }

        mutating func observe(_ y: Double, _ x: SIMD3<Double>) {
            let place = fit.features(x)
            let noise = noiseVariance
            let value = fit.belief.value(at: place)
            fit.belief.observe(y, at: place, noiseVariance: noise)
            let surprise = y - value.mean
            squares += surprise * surprise * noise / (noise + value.variance)
            quotients += ExactMath.exp(min(2.5, surprise))
            count += 1
        }

        func estimate(_ x: SIMD3<Double>) -> LogNormal {
            let value = fit.belief.value(at: fit.features(x))
            return LogNormal(logMean: value.mean, logVariance: value.variance + noiseVariance)
        }

        /// Takes in that a unit has not ended after so long: as if it took what is then expected of it.
        mutating func outlasted(_ logElapsed: Double, _ x: SIMD3<Double>) {
            let estimate = estimate(x)
            let deviation = estimate.logVariance.squareRoot()
            let z = (logElapsed - estimate.logMean) / deviation
            guard z > -1 else { return }
            fit.belief.observe(
                estimate.logMean + deviation * LogNormal.hazard(z), at: fit.features(x), noiseVariance: noiseVariance)
        }
    }

    private struct Kind: Sendable {
        var ready: Line
        var ahead: Line
    }

    private let hasExperts: Bool
    private var kinds: [Kind]
    /// The same with what units that still run say.
    private var current: [Kind]
    /// By kind, what its units took in this run.
    private var records: [KindRecord]
    /// By kind, how good experts were for units of which everything is known, and for those further on.
    private var readyScores: [ExpertScores]
    private var aheadScores: [ExpertScores]
    private var commonReady = ExpertScores()
    private var commonAhead = ExpertScores()
    /// By kind, the logarithms of what is expected of units that run for longer than their like.
    private var late: [[Double]]

    /// - Parameter kinds: the kinds of the run; they are told by position from here on.
    public init(_ model: DurationModel, kinds: [String]) {
        self.init(kinds.map { (model, $0) }, hasExperts: true)
    }

    /// As before, each kind with the model that knows it.
    ///
    /// - Parameter hasExperts: whether ``estimate(_:kind:)`` follows the best expert; for orders alone the lines are enough.
    public init(_ kinds: [(model: DurationModel, name: String)], hasExperts: Bool) {
        self.hasExperts = hasExperts
        self.kinds = kinds.map { model, name in
            let pair = model.kinds[name] ?? model.unknown
            return Kind(ready: Line(fit: pair.ready), ahead: Line(fit: pair.ahead))
        }
        current = self.kinds
        records = Array(repeating: KindRecord(), count: kinds.count)
        readyScores = Array(repeating: ExpertScores(), count: kinds.count)
        aheadScores = readyScores
        late = Array(repeating: [], count: kinds.count)
    }

    /// The duration of a unit of the kind at `kind` on a rank of speed 1.
    public func estimate(_ features: DurationFeatures, kind: Int) -> LogNormal {
        estimate(at: features.place, kind: kind)
    }

    /// The same for a place on the kind's lines.
    public func estimate(at place: DurationFeatures.Place, kind: Int) -> LogNormal {
        advice(at: place, kind: kind)
    }

    /// What an expert says of a place; `nil` when it has nothing to go by.
    private func word(of expert: ExpertScores.Expert, at place: DurationFeatures.Place, kind: Int) -> Double? {
        switch expert {
        case .line: nil
        case .last: records[kind].last
        case .recent: records[kind].median
        case .alike: place.isComplete ? records[kind].alike(place.x.x) : nil
        case .kin: records[kind].kin(place.relatives)
        }
    }

    /// The word of the expert who was right most until now.
    private func advice(at place: DurationFeatures.Place, kind: Int) -> LogNormal {
        let scores = place.isComplete ? readyScores[kind] : aheadScores[kind]
        let line = place.isComplete ? current[kind].ready : current[kind].ahead
        let common = place.isComplete ? commonReady : commonAhead
        var best = (expert: ExpertScores.Expert.line, logMean: 0.0)
        if records[kind].count > 0 {
            var least = scores.loss(.line, common: common)
            for expert in ExpertScores.Expert.allCases.dropFirst() {
                let loss = scores.loss(expert, common: common)
                guard loss < least, let logMean = word(of: expert, at: place, kind: kind) else { continue }
                least = loss
                best = (expert, logMean)
            }
        }
        let score = scores[best.expert]
        guard best.expert != .line else { return line.estimate(place.x) }
        // What still runs and takes long counts beside the last that have ended.
        let excess = late[kind].reduce(0) { $0 + max(0, $1 - best.logMean) }
        let shift = excess / Double(min(records[kind].count, 5) + late[kind].count)
        let weightOfHistory = 2.0
        let variance = (score.squares + weightOfHistory * line.noiseVariance) / (score.weight + weightOfHistory)
        return LogNormal(logMean: best.logMean + shift, logVariance: max(1e-4, variance))
    }

    /// What orders go by: the line's word alone, and mean seconds with the mean of what the run's own units took over what it expected.
    ///
    /// The best expert is nearer to most durations and changes more often; orders that follow it were measured to be worse.
    public func outlook(at place: DurationFeatures.Place, kind: Int) -> (estimate: LogNormal, meanSeconds: Double) {
        let line = place.isComplete ? current[kind].ready : current[kind].ahead
        let estimate = line.estimate(place.x)
        let assumed = ExactMath.exp(min(estimate.logVariance, 4) / 2)
        let weight = 4.0
        let mean = ExactMath.exp(estimate.logMean) * (assumed * weight + line.quotients) / (weight + line.count)
        return (estimate, max(1e-4, mean - DurationFeatures.shiftSeconds))
    }

    /// What every expert says of a unit, by which it is judged when the unit has ended.
    public struct Words: Sendable {
        fileprivate var ready: [Double?] = []
        fileprivate var ahead: [Double?] = []
    }

    /// What experts say now of a unit of the kind at `kind`.
    public func words(_ features: DurationFeatures, kind: Int) -> Words {
        guard hasExperts else { return Words() }
        let place = features.place
        var words = Words()
        for expert in ExpertScores.Expert.allCases {
            switch expert {
            case .line: words.ahead.append(kinds[kind].ahead.estimate(features.early).logMean)
            case .last, .recent: words.ahead.append(word(of: expert, at: place, kind: kind))
            case .alike, .kin: words.ahead.append(nil)
            }
            guard place.isComplete else { continue }
            words.ready.append(
                expert == .line
                    ? kinds[kind].ready.estimate(place.x).logMean : word(of: expert, at: place, kind: kind))
        }
        return words
    }

    /// A unit of the kind at `kind`, all of whose features are known, took so long.
    ///
    /// - Parameter words: what experts said when it started; what they say now when that is not known.
    public mutating func observe(_ features: DurationFeatures, kind: Int, seconds: Double, words: Words? = nil) {
        let y = DurationFeatures.logarithm(seconds)
        let place = features.place
        let words = words ?? self.words(features, kind: kind)
        for expert in ExpertScores.Expert.allCases where hasExperts {
            if let said = words.ahead[expert.rawValue] {
                aheadScores[kind].note(expert, error: y - said)
                commonAhead.note(expert, error: y - said, fading: 0.995)
            }
            if !words.ready.isEmpty, let said = words.ready[expert.rawValue] {
                readyScores[kind].note(expert, error: y - said)
                commonReady.note(expert, error: y - said, fading: 0.995)
            }
        }
        if hasExperts { records[kind].observe(y, at: place) }
        if place.isComplete { kinds[kind].ready.observe(y, place.x) }
        kinds[kind].ahead.observe(y, features.early)
        current[kind] = kinds[kind]
    }

    /// Units of the kind at `kind` that run now have run for so long, told for a rank of speed 1.
    public mutating func running(_ units: [(features: DurationFeatures, elapsedSeconds: Double)], kind: Int) {
        current[kind] = kinds[kind]
        late[kind] = []
        var expected: [Double] = []
        for unit in units {
            let logElapsed = DurationFeatures.logarithm(unit.elapsedSeconds)
            let estimate = estimate(unit.features, kind: kind)
            let deviation = estimate.logVariance.squareRoot()
            let z = (logElapsed - estimate.logMean) / deviation
            if z > -1 { expected.append(estimate.logMean + deviation * LogNormal.hazard(z)) }
            if unit.features.isComplete { current[kind].ready.outlasted(logElapsed, unit.features.complete) }
            current[kind].ahead.outlasted(logElapsed, unit.features.early)
        }
        late[kind] = expected
    }
}
