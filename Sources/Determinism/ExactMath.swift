/// Elementary functions in fp64 from +, -, ×, ÷ and square roots only, so that their bits are the same on every machine.
///
/// The C library's functions change their last bits between versions and processors, and are never called.
/// Accuracy is stated per function, measured against correctly rounded values in `ExactMathTests`.
public enum ExactMath {
    /// Natural logarithm for positive, finite `x`; at most 2 ulp off.
    ///
    /// Source: argument reduction and the atanh series as in fdlibm's `e_log.c`.
    public static func log(_ x: Double) -> Double {
        if x == 0 { return -.infinity }
        if !(x > 0) || x.isInfinite { return x > 0 ? .infinity : .nan }
        var exponent = Int(x.exponent)
        var mantissa = x.significand
        if mantissa > 1.4142135623730951 {
            mantissa *= 0.5
            exponent += 1
        }
        let f = mantissa - 1
        let s = f / (2 + f)
        let z = s * s
        var r = 0.14798198605116585910
        for c in [
            0.15313837699209373320, 0.18183572161618050120, 0.22222198432149784810, 0.28571428743662391490,
            0.39999999999409419080, 0.66666666666667351300,
        ] { r = r * z + c }
        r *= z
        let half = 0.5 * f * f
        let k = Double(exponent)
        return k * 6.93147180369123816490e-01 - ((half - (s * (half + r) + k * 1.90821492927058770002e-10)) - f)
    }

    /// e to the power `x`, at most 2 ulp off.
    ///
    /// Overflows to infinity, underflows to zero.
    public static func exp(_ x: Double) -> Double {
        if x.isNaN { return x }
        if x > 709.782712893383973096 { return .infinity }
        if x < -745.2 { return 0 }
        let k = (x * 1.44269504088896338700).rounded(.toNearestOrEven)
        let high = x - k * 6.93147180369123816490e-01
        let low = k * 1.90821492927058770002e-10
        let r = high - low
        let t = r * r
        var p = 4.13813679705723846039e-08
        for c in [
            -1.65339022054652515390e-06, 6.61375632143793436117e-05, -2.77777777770155933842e-03,
            1.66666666666666019037e-01,
        ] { p = p * t + c }
        let c = r - t * p
        let y = 1 - ((low - (r * c) / (2 - c)) - high)
        let scale = Int(k)
        if scale < -1021 { return y * Self.power(ofTwo: scale + 1000) * Self.power(ofTwo: -1000) }
        if scale > 1023 { return y * 2 * Self.power(ofTwo: scale - 1) }
        return y * Self.power(ofTwo: scale)
    }

    /// Sine; at most 1e-15 absolutely off for |x| up to 1e5.
    public static func sin(_ x: Double) -> Double { reduced(x, quadrantShift: 0) }

    /// Cosine; at most 1e-15 absolutely off for |x| up to 1e5.
    public static func cos(_ x: Double) -> Double { reduced(x, quadrantShift: 1) }

    /// Hyperbolic tangent, from ``exp(_:)``.
    public static func tanh(_ x: Double) -> Double {
        if x > 20 { return 1 }
        if x < -20 { return -1 }
        let e = exp(2 * x)
        return (e - 1) / (e + 1)
    }

    /// The angle of (x, y) in (-pi, pi], at most 2e-15 absolutely off.
    public static func atan2(_ y: Double, _ x: Double) -> Double {
        if x == 0 && y == 0 { return 0 }
        if abs(y) > abs(x) {
            let base = arctangent(x / y)
            return (y > 0 ? Double.pi / 2 : -Double.pi / 2) - base
        }
        let base = arctangent(y / x)
        if x > 0 { return base }
        return y >= 0 ? base + Double.pi : base - Double.pi
    }

    /// Arctangent for |t| <= 1 by two half-angle steps and the Taylor series.
    private static func arctangent(_ t: Double) -> Double {
        var t = t
        for _ in 0..<3 { t = t / (1 + (1 + t * t).squareRoot()) }
        let z = t * t
        var sum = 0.0
        for n in stride(from: 19, through: 1, by: -2) {
            sum = sum * -z + 1 / Double(n)
        }
        return 8 * t * sum
    }

    private static func power(ofTwo exponent: Int) -> Double {
        Double(sign: .plus, exponent: exponent, significand: 1)
    }

    private static func reduced(_ x: Double, quadrantShift: Int) -> Double {
        guard x.isFinite else { return .nan }
        // Cody-Waite reduction by pi/2 in three parts; exact products while |k| < 2^26.
        let k = (x * 0.63661977236758134308).rounded(.toNearestOrEven)
        let r = ((x - k * 1.57079632673412561417) - k * 6.07710050630396597660e-11) - k * 2.02226624879595063154e-21
        let quadrant = (Int(k) + quadrantShift) & 3
        let z = r * r
        let value: Double
        if quadrant & 1 == 0 {
            var p = 1.58969099521155010221e-10
            for c in [
                -2.50507602534068634195e-08, 2.75573137070700676789e-06, -1.98412698298579493134e-04,
                8.33333333332248946124e-03, -1.66666666666666324348e-01,
            ] { p = p * z + c }
            value = r + r * z * p
        } else {
            var p = -1.13596475577881948265e-11
            for c in [
                2.08757232129817482790e-09, -2.75573143513906633035e-07, 2.48015872894767294178e-05,
                -1.38888888888741095749e-03, 4.16666666666666019037e-02,
            ] { p = p * z + c }
            value = 1 - (0.5 * z - z * z * p)
        }
        return quadrant < 2 ? value : -value
    }
}
