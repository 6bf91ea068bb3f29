public import Determinism
public import WorkGraph

/// A finished unit whose outputs are small enough to be stored inside a pack.
public struct InlineCommit: Sendable {
    public let unit: WorkUnit
    /// Content digests of what each input port read, part by part.
    public let inputs: [String: [Digest]]
    /// The outputs' bytes in declared order.
    public let outputs: [[UInt8]]
    public let figures: [String: Double]

    public init(unit: WorkUnit, inputs: [String: [Digest]], outputs: [[UInt8]], figures: [String: Double] = [:]) {
        self.unit = unit
        self.inputs = inputs
        self.outputs = outputs
        self.figures = figures
    }
}
