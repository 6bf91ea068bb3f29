public import WorkGraph

/// What a rank is assumed to do a second before anything was measured.
public struct AssumedRates: Hashable, Sendable {
    /// Floating-point operations a second of one rank.
    public var flopsPerSecond: Double = 60e9
    /// Bytes read and decoded a second.
    public var bytesReadPerSecond: Double = 200e6
    /// Bytes written and synced a second.
    public var bytesWrittenPerSecond: Double = 150e6
    /// Seconds of any unit, however small.
    public var overheadSeconds: Double = 0.005
    /// A gang of n ranks is assumed to be n to this power times as fast as one rank.
    public var gangExponent: Double = 0.9

    public init() {}

    /// Seconds of this work on a gang of `ranks`; finite and positive.
    public func seconds(_ work: WorkEstimate, ranks: Int) -> Double {
        let computing = work.flops / flopsPerSecond
        let moving = work.bytesRead / bytesReadPerSecond + work.bytesWritten / bytesWrittenPerSecond
        let seconds = overheadSeconds + work.fixedSeconds + (computing + moving) / speedup(ranks)
        return seconds.isFinite && seconds > 0 ? seconds : overheadSeconds
    }

    /// How many times faster than one rank.
    func speedup(_ ranks: Int) -> Double { power(Double(max(1, ranks)), gangExponent) }
}
