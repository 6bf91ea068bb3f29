/// One attempt of one unit, as the journal keeps it.
public struct AttemptRecord: Hashable, Sendable, Codable {
    /// The unit's name.
    public let unit: String
    /// 1 for the first.
    public let attempt: Int
    /// Number of the coordinator's session within the run; a resumed run has several.
    public let session: Int
    public let ranks: [Int]
    /// Seconds since the start of the run.
    public let startSeconds: Double
    /// Seconds since the start of the run; `nil` while it runs or when it was cut off.
    public let endSeconds: Double?
    /// `ran`, `failed`, `pending` (to be repeated), `interrupted` (its session died), or `nil` while it runs.
    public let outcome: String?
    public let cause: String?
}
