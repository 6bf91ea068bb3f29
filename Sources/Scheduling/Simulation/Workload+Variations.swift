import Determinism

extension Workload {
    /// The same work with other true durations: each multiplied by a log-normal factor of mean 1 that no policy knows.
    ///
    /// - Parameters:
    ///   - sigma: deviation of the factor's logarithm.
    ///   - seed: equal seeds give a unit the same factor whatever the policy.
    public func withNoise(sigma: Double, seed: UInt64) -> Workload {
        guard sigma > 0 else { return self }
        let field = RandomField(seed: seed, purpose: RandomPurpose("simulator.noise"))
        var noisy = self
        for unit in seconds.indices {
            var words = field.stream(UInt32(truncatingIfNeeded: unit))
            noisy.seconds[unit] *= ExactMath.exp(sigma * words.normal() - sigma * sigma / 2)
        }
        return noisy
    }

    /// All traces once each in random order, arriving as a Poisson process that keeps `ranks` busy for the part `load` of the time.
    public static func stream(_ traces: [WorkflowTrace], load: Double, speed: Double, seed: UInt64) -> Workload {
        precondition(load > 0 && speed > 0, "load and speed are positive")
        var order = Array(traces.indices)
        var words = RandomField(seed: seed, purpose: RandomPurpose("simulator.arrivals")).stream()
        for place in stride(from: order.count - 1, to: 0, by: -1) { order.swapAt(place, words.index(below: place + 1)) }
        let work = traces.reduce(0) { $0 + $1.totalSeconds }
        let mean = work / Double(max(1, traces.count)) / (load * speed)
        var arrivals = [Double](repeating: 0, count: traces.count)
        var now = 0.0
        for trace in order {
            now -= mean * ExactMath.log(1 - words.unit())
            arrivals[trace] = now
        }
        return Workload(traces, arrivals: arrivals)
    }
}
