/// Version numbers of everything the ledger writes; raised when an older program could misread it.
public enum LedgerSchema {
    /// Layout of the store as a whole.
    public static let store = 1
    /// Artifact manifests and packs.
    public static let artifact = 1
    /// The journal of a run; 2 keeps an attempt that ran in the row of its unit.
    public static let journal = 2
    /// The history of measured units; 2 knows the processors of each rank.
    public static let history = 2
    /// The lock of a run.
    public static let lock = 1
    /// Archives of runs.
    public static let archive = 1
    /// ``RunSummary`` and other JSON for programs.
    public static let summary = 1
}
