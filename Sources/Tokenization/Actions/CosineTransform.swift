import Determinism

/// The orthonormal discrete cosine transform (DCT-II) over time and its inverse, in fp64, sums ascending.
///
/// c[k] = s[k] · Σ x[t] · cos(π (t + ½) k / H) with s[0] = √(1/H) and s[k] = √(2/H) otherwise: SciPy's `dct(norm="ortho")`.
struct CosineTransform: Sendable {
    // H steps, D dimensions.
    let length: Int
    /// `[k, t]`.
    private let basis: [Double]

    init(length: Int) {
        precondition(length > 0)
        self.length = length
        let pi = 3.141592653589793
        basis = (0..<length).flatMap { k in
            let scale = ((k == 0 ? 1.0 : 2.0) / Double(length)).squareRoot()
            return (0..<length).map { t in
                scale * ExactMath.cos(pi * (Double(t) + 0.5) * Double(k) / Double(length))
            }
        }
    }

    /// Coefficients `[H, D]` of rows `[H, D]`.
    func forward(_ rows: [Double], width: Int) -> [Double] { transform(rows, width: width) { $0 * length + $1 } }

    /// Rows `[H, D]` of coefficients `[H, D]`.
    func inverse(_ coefficients: [Double], width: Int) -> [Double] {
        transform(coefficients, width: width) { $1 * length + $0 }
    }

    private func transform(_ values: [Double], width: Int, _ place: (_ out: Int, _ inner: Int) -> Int) -> [Double] {
        precondition(values.count == length * width)
        var result = [Double](repeating: 0, count: values.count)
        for out in 0..<length {
            for inner in 0..<length {
                let factor = basis[place(out, inner)]
                for d in 0..<width { result[out * width + d] += factor * values[inner * width + d] }
            }
        }
        return result
    }
}
