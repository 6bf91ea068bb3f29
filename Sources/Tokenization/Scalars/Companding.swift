import Determinism

/// Mu-law companding: a scale on which small values are told apart finely and large ones coarsely, without bounds that outliers
/// would stretch.
///
/// compressed(x) = sign(x) · log(|x|·mu + 1) / log(limit·mu + 1): -limit…limit becomes -1…1.
///
/// - Source: Gato (arXiv:2205.06175), section 2.1: mu 100, limit 256, 1024 bins.
public struct Companding: Codable, Hashable, Sendable {
    public let mu: Double
    public let limit: Double

    /// - Throws: ``TokenizationError`` unless both are finite and above 0.
    public init(mu: Double = 100, limit: Double = 256) throws {
        guard mu > 0, mu.isFinite, limit > 0, limit.isFinite, (limit * mu).isFinite else {
            throw TokenizationError(.badValue, "mu \(mu) and limit \(limit) of mu-law must be finite and above 0")
        }
        self.mu = mu
        self.limit = limit
    }

    private var span: Double { ExactMath.log(limit * mu + 1) }

    /// Beyond -1…1 for values beyond the limit.
    public func compressed(_ x: Double) -> Double {
        let size = ExactMath.log(abs(x) * mu + 1) / span
        return x < 0 ? -size : size
    }

    /// The value that `y` in -1…1 stands for.
    public func expanded(_ y: Double) -> Double {
        let size = (ExactMath.exp(abs(y) * span) - 1) / mu
        return y < 0 ? -size : size
    }
}
