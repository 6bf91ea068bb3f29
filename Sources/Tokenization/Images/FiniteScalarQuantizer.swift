import Determinism

// d dimensions, L levels of a dimension.

/// Finite scalar quantization: every dimension of a vector is bounded and rounded to one of a few levels, and the levels together
/// are one code.
///
/// - Shapes: a vector `[d]` ↔ digits `[d]`, digit i in `0..<levels[i]` ↔ one code below the product of the levels.
/// - Source: Mentzer et al. (arXiv:2309.15505), with the bounds of the package vector-quantize-pytorch (1.32):
///   round(tanh(z + shift) · half - offset) with half = (L - 1)(1 + 1e-3)/2, offset ½ for even L, shift = atanh(offset/half).
public struct FiniteScalarQuantizer: Hashable, Sendable {
    public let levels: [Int]
    private let half: [Double]
    private let offset: [Double]
    private let shift: [Double]

    /// - Throws: ``TokenizationError`` when a dimension has fewer than two levels or the codes are too many.
    public init(levels: [Int]) throws {
        guard !levels.isEmpty, levels.allSatisfy({ (2...256).contains($0) }),
            levels.reduce(1.0, { $0 * Double($1) }) <= 65536
        else {
            throw TokenizationError(
                .badValue, "levels \(levels) must be 2 to 256 each and give at most 65536 codes together")
        }
        self.levels = levels
        half = levels.map { Double($0 - 1) * (1 + 1e-3) / 2 }
        offset = levels.map { $0 % 2 == 0 ? 0.5 : 0 }
        shift = zip(offset, half).map { offset, half in
            let ratio = offset / half
            return 0.5 * ExactMath.log((1 + ratio) / (1 - ratio))
        }
    }

    /// Codes there are.
    public var count: Int { levels.reduce(1, *) }

    /// The digits of a vector, lowest level first.
    public func digits(of vector: [Double]) -> [Int] {
        precondition(vector.count == levels.count)
        return vector.indices.map { i in
            let bounded = ExactMath.tanh(vector[i] + shift[i]) * half[i] - offset[i]
            return max(0, min(levels[i] - 1, Int(bounded.rounded(.toNearestOrEven)) + levels[i] / 2))
        }
    }

    /// The code of digits: the first dimension counts ones.
    public func code(of digits: [Int]) -> Int {
        zip(digits, levels).reversed().reduce(0) { $0 * $1.1 + $1.0 }
    }

    /// The digits of a code.
    ///
    /// - Precondition: `code` is in `0..<count`.
    public func digits(ofCode code: Int) -> [Int] {
        precondition(code >= 0 && code < count)
        var rest = code
        return levels.map { level in
            defer { rest /= level }
            return rest % level
        }
    }

    /// The vector in the middle of digits' cells, each dimension in -1…1.
    public func vector(of digits: [Int]) -> [Double] {
        zip(digits, levels).map { digit, level in Double(digit - level / 2) / Double(level / 2) }
    }
}
