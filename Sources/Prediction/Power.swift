import Determinism

/// `base` to the power `exponent` by the project's own logarithm and exponential, so that plans are equal on every machine.
func power(_ base: Double, _ exponent: Double) -> Double {
    base == 1 ? 1 : ExactMath.exp(exponent * ExactMath.log(base))
}
