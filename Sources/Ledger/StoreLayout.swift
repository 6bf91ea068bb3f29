public import Determinism
import DurableFiles

/// Where things are below the store's folder (`.orchestrate`).
public struct StoreLayout: Hashable, Sendable {
    /// The store's folder, absolute.
    public let root: String

    public init(_ root: String) { self.root = root }

    public var artifacts: String { root + "/artifacts" }
    /// Small outputs of many units, appended to one file per writer.
    public var packs: String { artifacts + "/packs" }
    /// Links from content keys to plan keys.
    public var contents: String { artifacts + "/by-content" }
    /// Outputs on their way in; same file system as ``artifacts``.
    public var staging: String { root + "/staging" }
    /// Small outputs written out as files for those who want a path; can be made again.
    public var materialized: String { root + "/materialized" }
    public var checkpoints: String { root + "/checkpoints" }
    public var runs: String { root + "/runs" }
    /// One file per living coordinator.
    public var sessions: String { root + "/sessions" }
    public var history: String { root + "/history.sqlite" }
    public var sourceDigests: String { root + "/sources.json" }
    /// A file or folder that a run read elsewhere and that came with its archive.
    public func source(_ digest: Digest) -> String { sources + "/" + digest.hexDigits }
    var sources: String { root + "/sources" }
    /// Folders of other stores whose artifacts are found too, a line each.
    public var alternates: String { root + "/alternates" }
    public var storeFile: String { root + "/store.json" }
    /// Held for moments by whoever changes claims or collects garbage.
    public var storeLock: String { root + "/store.lock" }

    /// The folder of one artifact.
    public func artifact(_ key: Digest) -> String { artifacts + "/" + Self.spread(key) }

    /// State that an unfinished unit keeps across attempts and runs; removed when it is committed.
    public func checkpoint(_ key: Digest) -> String { checkpoints + "/" + Self.spread(key) }

    func contentLink(_ key: Digest) -> String { contents + "/" + Self.spread(key) }

    func materialized(_ key: Digest) -> String { materialized + "/" + Self.spread(key) }

    private static func spread(_ key: Digest) -> String {
        let digits = key.hexDigits
        return digits.prefix(2) + "/" + digits
    }
}
