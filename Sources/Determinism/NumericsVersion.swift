/// The version of the float contract in `Documentation/Numerics.md`.
///
/// It is part of the key of every unit whose kind computes floats. A faster kernel with equal bits keeps
/// the version; anything that changes one bit raises it.
public enum NumericsVersion {
    /// The version this build computes with.
    public static let current = 1
}
