import Kernels

/// Where the wall time of a training's ranks went: a record of this attempt, no part of any result.
public struct TrainingProfile: Codable, Hashable, Sendable {
    /// One rank.
    public struct Rank: Codable, Hashable, Sendable {
        /// Wall time of the training loop.
        public var seconds: Double
        /// Seconds by the names of `TimeBook.Part`; they add up to ``seconds``.
        public var parts: [String: Double]
    }

    public var schema = "orchestrate.profile/1"
    /// Steps that this attempt took.
    public var steps: Int
    public var threads: Int
    /// Floating-point operations of the model in these steps, an fma being two.
    public var operations: Double
    /// Operations a second that one core does in fused multiply-adds; 0 where that is not known.
    public var peakOperationsPerSecond: Double
    /// In rank order.
    public var ranks: [Rank]

    /// Share of the peak of all ranks' threads that the model's operations are; `nil` where the peak is not known.
    public var utilization: Double? {
        let seconds = ranks.map(\.seconds).max() ?? 0
        let peak = peakOperationsPerSecond * Double(ranks.count * threads)
        return seconds > 0 && peak > 0 ? operations / seconds / peak : nil
    }

    /// Lines for the log: a rank each, parts in percent.
    public var lines: [String] {
        func percent(_ value: Double) -> String { "\((value * 1000).rounded() / 10) %" }
        var title = "profile of \(steps) steps"
        if let utilization { title += ", \(percent(utilization)) of the peak" }
        return [title]
            + ranks.enumerated().map { number, rank in
                let parts = TimeBook.Part.allCases.map { part in
                    "\(part) \(percent((rank.parts["\(part)"] ?? 0) / max(rank.seconds, 1e-9)))"
                }
                return "rank \(number): \((rank.seconds * 100).rounded() / 100) s: " + parts.joined(separator: ", ")
            }
    }
}

/// How fast a step was.
public struct StepPace: Hashable, Sendable {
    /// Wall time of the step without validation and checkpoints.
    public var seconds: Double
    public var tokensPerSecond: Double
    /// Share of the machine's peak; `nil` where that is not known.
    public var utilization: Double?
}
