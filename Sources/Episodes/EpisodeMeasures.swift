import Determinism

// T time, A action dimensions.

/// What screening keeps of one episode after looking at its streams.
public struct EpisodeMeasures: Hashable, Sendable {
    let record: EpisodeRecord
    let nonFinite: NonFiniteValue?
    /// Suspicious rests by sensor name, while the actions changed.
    let frozenSensors: [String: StillRun]
    /// Suspicious rests by camera name, while the actions changed.
    let frozenCameras: [String: StillRun]
    /// A suspicious rest of the actions.
    let deadAction: StillRun?
    /// The brightest sample of every picture, by camera name.
    let brightest: [String: [UInt8]]
    /// What each action dimension spans, and how often it stands at its ends; empty for non-finite actions.
    let spans_A: [ActionSpan]
    /// Mean square third difference of each action dimension; empty for fewer than four steps or non-finite actions.
    let jerk_A: [Double]
    let content: Digest

    /// Measures an episode; cameras are looked at when the episode has them.
    public init(_ record: EpisodeRecord, _ episode: Episode) {
        self.record = record
        nonFinite = NonFiniteValue.first(in: episode)
        let length = episode.length
        let actions = episode.actions
        func suspicious(_ run: StillRun) -> StillRun? {
            run.isSuspicious(in: length) && run.varies(in: actions) ? run : nil
        }
        frozenSensors = episode.sensors.compactMapValues { suspicious(StillRun.longest(in: $0)) }
        frozenCameras = episode.cameras.compactMapValues { suspicious(StillRun.longest(in: $0)) }
        let rest = StillRun.longest(in: actions)
        deadAction = rest.isSuspicious(in: length) ? rest : nil
        brightest = episode.cameras.mapValues { camera in
            (0..<camera.count).map { camera[frame: $0].max() ?? 0 }
        }
        spans_A = nonFinite == nil ? (0..<actions.columns).map { ActionSpan(actions, column: $0) } : []
        jerk_A = nonFinite == nil ? Self.jerk(actions) : []
        content = Self.content(of: episode)
    }

    /// Mean over time of the squared third difference `a[t+3] - 3 a[t+2] + 3 a[t+1] - a[t]`, in fp64.
    private static func jerk(_ actions: Matrix) -> [Double] {
        guard actions.rows >= 4 else { return [] }
        return (0..<actions.columns).map { column in
            var sum = 0.0
            for t in 0..<actions.rows - 3 {
                let a = (0..<4).map { Double(actions[t + $0, column]) }
                let third = (a[3] - a[0]) - 3 * (a[2] - a[1])
                sum += third * third
            }
            return sum / Double(actions.rows - 3)
        }
    }

    private static func content(of episode: Episode) -> Digest {
        var bytes: [UInt8] = []
        func append(_ matrix: Matrix) {
            for value in matrix.values {
                let bits = value.bitPattern
                bytes.append(UInt8(truncatingIfNeeded: bits))
                bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
                bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
                bytes.append(UInt8(truncatingIfNeeded: bits >> 24))
            }
        }
        append(episode.actions)
        for (_, sensor) in episode.sensors.sorted(by: { $0.key < $1.key }) { append(sensor) }
        return Digest(of: bytes)
    }
}
