import Determinism

/// The squared error of decoded pictures, added up exactly.
public struct ReconstructionQuality: Hashable, Sendable {
    private var squares: Int = 0
    private var samples: Int = 0

    public init() {}

    /// Adds pictures of equal size.
    public mutating func add(_ original: some Collection<UInt8>, _ decoded: some Collection<UInt8>) {
        precondition(original.count == decoded.count, "pictures of different sizes")
        for (a, b) in zip(original, decoded) { squares += (Int(a) - Int(b)) * (Int(a) - Int(b)) }
        samples += original.count
    }

    /// Peak signal-to-noise ratio over all samples in dB; infinite when nothing differs, `nil` when nothing was added.
    public var decibels: Double? {
        guard samples > 0 else { return nil }
        guard squares > 0 else { return .infinity }
        return 10 * ExactMath.log(255 * 255 * Double(samples) / Double(squares)) / ExactMath.log(10)
    }
}
