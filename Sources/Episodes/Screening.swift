import Determinism

/// Judges episodes by rules: which are dropped, which are flagged, and why.
public struct Screening: Sendable {
    /// A rule an episode broke, with stream, steps and values.
    public struct Finding: Hashable, Sendable {
        public let rule: String
        public let detail: String
    }

    public let rejecting: [Rejection]
    public let flagging: [Rejection]

    /// Screening by these rules; a rule that rejects does not flag as well.
    public init(rejecting: [Rejection], flagging: [Rejection] = []) {
        self.rejecting = rejecting
        self.flagging = flagging.filter { !rejecting.contains($0) }
    }

    /// Whether any rule looks at pictures, which makes reading a hundred times dearer.
    public var needsFrames: Bool {
        (rejecting + flagging).contains { rule in
            switch rule {
            case .frozenCamera, .blackCamera: true
            default: false
            }
        }
    }

    /// Whether NaN and infinities are a finding and no error.
    public var judgesNonFinite: Bool { (rejecting + flagging).contains(.nonFinite) }

    /// The selection that is left of `selection`.
    ///
    /// - Parameters:
    ///   - selection: what to screen.
    ///   - measures: of its episodes, in the same order.
    /// - Throws: ``EpisodeError`` when nothing is left.
    public func apply(to selection: EpisodeSelection, _ measures: [EpisodeMeasures]) throws -> EpisodeSelection {
        precondition(measures.map(\.record.id) == selection.episodes.map(\.id), "measures of the selected episodes")
        var result = selection
        result.episodes = []
        let rejected = findings(rejecting, measures)
        let flagged = findings(flagging, measures)
        for (position, record) in selection.episodes.enumerated() {
            if let first = rejected[position].first {
                let detail = rejected[position].dropFirst().reduce(first.detail) { "\($0); \($1.rule): \($1.detail)" }
                result.dropped.append(DroppedEpisode(id: record.id, reason: first.rule, detail: detail))
            } else {
                var kept = record
                kept.flags += flagged[position].map { "\($0.rule): \($0.detail)" }
                result.episodes.append(kept)
            }
        }
        guard !result.episodes.isEmpty else {
            var counts: [(reason: String, count: Int)] = []
            for dropped in result.dropped {
                if let known = counts.firstIndex(where: { $0.reason == dropped.reason }) {
                    counts[known].count += 1
                } else {
                    counts.append((dropped.reason, 1))
                }
            }
            let reasons = counts.map { "\($0.reason) \($0.count)" }.joined(separator: ", ")
            let example = result.dropped.last.map { "; \($0.id): \($0.detail)" } ?? ""
            throw EpisodeError(
                file: "the demonstrations", expected: "at least one episode that passes Screen",
                found: "all \(result.dropped.count) dropped (\(reasons)\(example))",
                remedy: "look at the data with 'orchestrate inspect', or reject less")
        }
        return result
    }

    /// For each episode, what it broke among `rules`, in the order of the rules.
    private func findings(_ rules: [Rejection], _ measures: [EpisodeMeasures]) -> [[Finding]] {
        var findings = [[Finding]](repeating: [], count: measures.count)
        for rule in rules {
            for (position, detail) in details(rule, measures) {
                findings[position].append(Finding(rule: rule.name, detail: detail))
            }
        }
        return findings
    }

    private func details(_ rule: Rejection, _ measures: [EpisodeMeasures]) -> [(position: Int, detail: String)] {
        func each(_ detail: (EpisodeMeasures) -> String?) -> [(position: Int, detail: String)] {
            measures.enumerated().compactMap { position, measure in detail(measure).map { (position, $0) } }
        }
        switch rule {
        case .nonFinite:
            return each {
                $0.nonFinite.map { "\($0.stream) is \($0.value) at step \($0.step), dimension \($0.column)" }
            }
        case .frozenSensor:
            return rare(measures, \.frozenSensors, "sensor")
        case .frozenCamera:
            return rare(measures, \.frozenCameras, "camera")
        case .blackCamera(let level):
            return each { Self.black($0, level: level) }
        case .deadDimension:
            return byDimension(measures) { measure, span, _ in
                measure.record.length >= 10 && span.low == span.high ? "keeps the value \(span.low)" : nil
            }
        case .clipped(let fraction):
            return byDimension(measures) { measure, span, ends in
                let count = (span.low == ends.low ? span.atLow : 0) + (span.high == ends.high ? span.atHigh : 0)
                guard ends.low < ends.high, count > 1, Double(count) > fraction * Double(measure.record.length) else {
                    return nil
                }
                return "stands at \(ends.low) or \(ends.high) for \(count) of \(measure.record.length) steps"
            }
        case .outOfRange(let limit):
            return each { measure in
                for (dimension, span) in measure.spans_A.enumerated()
                where Double(max(abs(span.low), abs(span.high))) > limit {
                    return "actions reach from \(span.low) to \(span.high) in dimension \(dimension), limit ±\(limit)"
                }
                return nil
            }
        case .deadAction:
            let dead = measures.indices.filter { measures[$0].deadAction != nil }
            guard dead.count <= Self.rareLimit(measures.count) else { return [] }
            return each { $0.deadAction.map { "actions rest from step \($0.start) for \($0.count) steps" } }
        case .jerk(let sigma):
            return rough(measures, sigma: sigma)
        case .tooShort(let steps):
            return each { $0.record.length < steps ? "\($0.record.length) steps, fewer than \(steps)" : nil }
        case .tooLong(let steps):
            return each { $0.record.length > steps ? "\($0.record.length) steps, more than \(steps)" : nil }
        case .failed:
            return each { $0.record.success == false ? "recorded as failed" : nil }
        case .noInstruction:
            return each { $0.record.instruction.isEmpty ? "no instruction" : nil }
        case .duplicate:
            var seen: [Digest: String] = [:]
            return each { measure in
                if let first = seen[measure.content] { return "same actions and sensors as \(first)" }
                seen[measure.content] = measure.record.id
                return nil
            }
        }
    }

    /// A camera of which half of the pictures, and ten, are black.
    private static func black(_ measure: EpisodeMeasures, level: Int) -> String? {
        for (name, brightest) in measure.brightest.sorted(by: { $0.key < $1.key }) {
            let black = brightest.count { Int($0) <= level }
            if black >= 10, black * 2 >= brightest.count {
                return "camera \(name) is black (at most \(level)) in \(black) of \(brightest.count) pictures"
            }
        }
        return nil
    }

    /// What single dimensions of the actions show, but for those that show it in more than a few episodes.
    private func byDimension(
        _ measures: [EpisodeMeasures],
        _ detail: (EpisodeMeasures, ActionSpan, _ ends: (low: Float, high: Float)) -> String?
    ) -> [(position: Int, detail: String)] {
        var found: [Int: [String]] = [:]
        let width = measures.map(\.spans_A.count).max() ?? 0
        for dimension in 0..<width {
            let spans = measures.map { dimension < $0.spans_A.count ? $0.spans_A[dimension] : nil }
            let known = spans.compactMap { $0 }
            guard let low = known.map(\.low).min(), let high = known.map(\.high).max() else { continue }
            let hits = zip(measures, spans).enumerated().compactMap { position, pair in
                pair.1.flatMap { detail(pair.0, $0, (low, high)) }.map { (position, $0) }
            }
            guard hits.count <= Self.rareLimit(measures.count) else { continue }
            for (position, text) in hits { found[position, default: []].append("action \(dimension) \(text)") }
        }
        return found.sorted { $0.key < $1.key }.map { ($0.key, $0.value.joined(separator: ", ")) }
    }

    /// In how many of `count` episodes a rest may be found and still be a fault.
    private static func rareLimit(_ count: Int) -> Int { max(1, count / 20) }

    private func rare(
        _ measures: [EpisodeMeasures], _ runs: (EpisodeMeasures) -> [String: StillRun], _ kind: String
    ) -> [(position: Int, detail: String)] {
        var counts: [String: Int] = [:]
        for measure in measures {
            for name in runs(measure).keys { counts[name, default: 0] += 1 }
        }
        let limit = Self.rareLimit(measures.count)
        return measures.enumerated().compactMap { position, measure in
            for (name, run) in runs(measure).sorted(by: { $0.key < $1.key }) where counts[name] ?? 0 <= limit {
                return (
                    position,
                    "\(kind) \(name) repeats step \(run.start) for \(run.count) of \(measure.record.length) steps while the"
                        + " actions change"
                )
            }
            return nil
        }
    }

    private func rough(_ measures: [EpisodeMeasures], sigma: Double) -> [(position: Int, detail: String)] {
        let usable = measures.indices.filter { !measures[$0].jerk_A.isEmpty }
        guard usable.count >= 8, let width = usable.first.map({ measures[$0].jerk_A.count }) else { return [] }
        let medians_A = (0..<width).map { dimension in Self.median(usable.map { measures[$0].jerk_A[dimension] }) }
        let scores = usable.compactMap { position -> (position: Int, score: Double)? in
            var sum = 0.0
            for dimension in 0..<width where medians_A[dimension] > 0 {
                sum += measures[position].jerk_A[dimension] / medians_A[dimension]
            }
            return sum > 0 ? (position, ExactMath.log(sum)) : nil
        }
        guard scores.count >= 8 else { return [] }
        let center = Self.median(scores.map(\.score))
        let deviation = max(0.1, 1.4826 * Self.median(scores.map { abs($0.score - center) }))
        return scores.compactMap { position, score in
            let distance = (score - center) / deviation
            guard distance > sigma else { return nil }
            let rounded = (distance * 10).rounded() / 10
            return (position, "jerk lies \(rounded) deviations above the median, limit \(sigma)")
        }
    }

    /// The lower median.
    private static func median(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.sorted()[(values.count - 1) / 2]
    }
}
