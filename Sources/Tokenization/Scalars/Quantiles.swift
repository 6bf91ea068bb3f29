/// Quantiles in fp64 by linear interpolation, NumPy's default definition.
enum Quantiles {
    /// The quantile `q` of ascending `sorted`: at position h = (n - 1)·q between its two neighbours, computed as NumPy's
    /// `_lerp` does, from the nearer end, so that the result is monotone.
    ///
    /// - Precondition: `sorted` is ascending and not empty; 0 <= q <= 1.
    static func linear(_ sorted: [Double], _ q: Double) -> Double {
        precondition(!sorted.isEmpty && q >= 0 && q <= 1)
        let position = Double(sorted.count - 1) * q
        let below = min(Int(position.rounded(.down)), sorted.count - 1)
        let above = min(below + 1, sorted.count - 1)
        let fraction = position - Double(below)
        let difference = sorted[above] - sorted[below]
        if fraction >= 0.5 { return sorted[above] - difference * (1 - fraction) }
        return sorted[below] + difference * fraction
    }
}
