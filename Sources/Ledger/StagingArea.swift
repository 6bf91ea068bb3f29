/// Where one attempt writes its outputs before they are committed.
public struct StagingArea: Hashable, Sendable, Codable {
    /// Removed or renamed into the store as a whole.
    public let path: String
    /// Each output is a file or folder of its name in here.
    public var outputs: String { path + "/outputs" }

    public init(path: String) { self.path = path }
}
