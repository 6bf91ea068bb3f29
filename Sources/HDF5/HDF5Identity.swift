/// What two paths share that lead to one object: walkers use it to notice links that run in a circle.
public struct HDF5Identity: Hashable, Sendable {
    let bytes: [UInt8]
}
