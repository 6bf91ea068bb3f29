import DurableFiles

/// Small artifacts that were written and may not be on the disk yet.
public struct WrittenBatch: Sendable {
    /// In the order of the commits.
    public let manifests: [ArtifactManifest]
    /// The pack they are in; `nil` when there was nothing to write.
    let log: AppendLog?
    /// The batch lies before this offset of its pack.
    let end: Int

    init(manifests: [ArtifactManifest], log: AppendLog?) {
        self.manifests = manifests
        self.log = log
        end = log?.size ?? 0
    }
}
