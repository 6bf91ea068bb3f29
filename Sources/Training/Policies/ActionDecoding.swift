import Determinism
import Kernels

/// How one number is chosen from the model's distribution over bins.
public enum ActionDecoding: String, Codable, Hashable, Sendable, CaseIterable {
    /// The likeliest bin.
    case greedy
    /// The median, interpolated inside its bin: what makes the expected absolute error smallest.
    case median
    /// The expected value: what makes the expected squared error smallest.
    case mean

    /// Chooses from logits of consecutive bins.
    ///
    /// - Returns: the bin, and the place inside 0..<bins as a real number (`bin + 0.5` is a bin's centre).
    package func choose(_ logits: [Float]) -> (bin: Int, place: Double) {
        var best = 0
        for bin in logits.indices where logits[bin] > logits[best] { best = bin }
        if self == .greedy || logits.isEmpty { return (best, Double(best) + 0.5) }
        let weights = logits.map { ExactMath.exp(Double($0) - Double(logits[best])) }
        let total = weights.reduce(0, +)
        var place = Double(best) + 0.5
        switch self {
        case .greedy: break
        case .mean:
            var sum = 0.0
            for (bin, weight) in weights.enumerated() { sum += weight * (Double(bin) + 0.5) }
            place = sum / total
        case .median:
            var below = 0.0
            for (bin, weight) in weights.enumerated() {
                if below + weight >= total / 2 {
                    place = Double(bin) + (weight > 0 ? (total / 2 - below) / weight : 0.5)
                    break
                }
                below += weight
            }
        }
        return (min(logits.count - 1, max(0, Int(place))), place)
    }
}
