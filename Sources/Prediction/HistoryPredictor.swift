public import WorkGraph

/// Predicts from what the same kind took before, scaled by the work known in advance; without history from assumed rates.
///
/// Every observation of a kind gives a ratio of measured seconds to the seconds that ``AssumedRates`` give its work. The estimate is the
/// assumed seconds of the new work times the median ratio. Observations of the unit itself (same settings, else same name) go before
/// those of its kind: all commands look like the same work beforehand. Then same work on the same ranks and machines goes before other.
public struct HistoryPredictor: DurationPredictor {
    private let rates: AssumedRates
    private let byKind: [String: [Sample]]
    /// Observations of units by kind and settings, and by kind and name.
    private let bySettings: [Identity: [Sample]]
    private let byName: [Identity: [Sample]]

    private struct Identity: Hashable {
        let kind: String
        let text: String
    }

    /// An observation and its measured seconds over assumed seconds.
    private struct Sample: Sendable {
        let observation: Observation
        let ratio: Double
    }

    /// A predictor over `observations`, in the order of time; of each kind the last `limit` count.
    public init(observations: [Observation] = [], rates: AssumedRates = AssumedRates(), limit: Int = 100) {
        self.rates = rates
        var byKind: [String: [Sample]] = [:]
        var bySettings: [Identity: [Sample]] = [:]
        var byName: [Identity: [Sample]] = [:]
        for observation in observations.reversed() where observation.seconds.isFinite && observation.seconds >= 0 {
            let assumed = rates.seconds(observation.estimate, ranks: observation.ranks)
            let sample = Sample(observation: observation, ratio: observation.seconds / assumed)
            func add<Key: Hashable>(_ key: Key, to samples: inout [Key: [Sample]]) {
                if samples[key]?.count ?? 0 < limit { samples[key, default: []].append(sample) }
            }
            add(observation.kind, to: &byKind)
            if !observation.settings.isEmpty {
                add(Identity(kind: observation.kind, text: observation.settings), to: &bySettings)
            }
            if !observation.unit.isEmpty { add(Identity(kind: observation.kind, text: observation.unit), to: &byName) }
        }
        self.byKind = byKind
        self.bySettings = bySettings
        self.byName = byName
    }

    /// - Complexity: O(*n* log *n*) in the observations of the unit or its kind, at most the limit.
    public func estimate(_ unit: WorkUnit, on slot: RankSlot) -> DurationEstimate {
        let assumed = rates.seconds(unit.estimate, ranks: slot.ranks)
        guard let all = samples(of: unit) else {
            return DurationEstimate(
                medianSeconds: assumed, p10Seconds: assumed / 3, p90Seconds: assumed * 3, basis: .prior)
        }
        let onHost = slot.hostClass.isEmpty ? all : all.filter { $0.observation.hostClass == slot.hostClass }
        let candidates = onHost.isEmpty ? all : onHost
        let same = candidates.filter {
            $0.observation.ranks == slot.ranks && isSameWork($0.observation.estimate, unit.estimate)
        }
        let ratios = (same.isEmpty ? candidates : same).map(\.ratio).sorted()
        // Few observations say little about the spread: widen by a factor that shrinks with their number.
        let margin = 1 + (same.isEmpty ? 1.0 : 0.5) / Double(ratios.count)
        let median = max(assumed * quantile(ratios, 0.5), 1e-6)
        return DurationEstimate(
            medianSeconds: median,
            p10Seconds: min(median, assumed * quantile(ratios, 0.1) / margin),
            p90Seconds: max(median, assumed * quantile(ratios, 0.9) * margin),
            basis: same.isEmpty ? .scaled(count: ratios.count) : .observed(count: ratios.count))
    }

    /// What is known of the unit itself, else of its kind; `nil` when nothing of the kind has run.
    private func samples(of unit: WorkUnit) -> [Sample]? {
        guard let all = byKind[unit.kind] else { return nil }
        if !bySettings.isEmpty, let own = bySettings[Identity(kind: unit.kind, text: unit.settingsDigest)] {
            return own
        }
        return byName[Identity(kind: unit.kind, text: unit.name)] ?? all
    }

    private func isSameWork(_ left: WorkEstimate, _ right: WorkEstimate) -> Bool {
        func near(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 0.01 * max(abs(a), abs(b)) }
        return near(left.flops, right.flops) && near(left.bytesRead, right.bytesRead)
            && near(left.bytesWritten, right.bytesWritten) && near(left.fixedSeconds, right.fixedSeconds)
    }

    /// Linear interpolation between the order statistics of a sorted, non-empty list.
    private func quantile(_ sorted: [Double], _ fraction: Double) -> Double {
        let position = fraction * Double(sorted.count - 1)
        let below = Int(position)
        guard below + 1 < sorted.count else { return sorted[sorted.count - 1] }
        return sorted[below] + (sorted[below + 1] - sorted[below]) * (position - Double(below))
    }
}
