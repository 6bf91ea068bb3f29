public import Determinism
import DurableFiles

/// Where the bytes of a store are.
public struct DiskUse: Hashable, Sendable, Codable {
    public var schema: Int = LedgerSchema.summary
    /// Bytes on disk by part of the store, largest first.
    public var parts: [Part]
    /// Bytes by unit kind of stored artifacts, largest first.
    public var kinds: [Part]
    /// Bytes of all.
    public var bytes: Int
    /// Bytes that may still be written.
    public var freeBytes: Int

    /// A name and its bytes.
    public struct Part: Hashable, Sendable, Codable {
        public let name: String
        public let bytes: Int
        /// Artifacts or runs; 0 where counting says nothing.
        public let count: Int
    }

    /// Measures a store by walking over it.
    public init(of store: ArtifactStore) throws {
        let layout = store.layout
        func part(_ name: String, _ path: String, _ count: Int = 0) -> Part {
            Part(name: name, bytes: DurableFiles.allocatedBytes(path), count: count)
        }
        let manifests = store.allManifests()
        let runs = RunDirectory.all(in: layout).count
        parts = [
            part("artifacts", layout.artifacts, manifests.count), part("checkpoints", layout.checkpoints),
            part("runs", layout.runs, runs), part("staging", layout.staging), part("sources", layout.sources),
            part("materialized", layout.materialized),
            part("history", layout.history),
        ].filter { $0.bytes > 0 }.sorted { ($1.bytes, $0.name) < ($0.bytes, $1.name) }
        var byKind: [String: (bytes: Int, count: Int)] = [:]
        for manifest in manifests {
            byKind[manifest.kind, default: (0, 0)].bytes += manifest.bytes
            byKind[manifest.kind, default: (0, 0)].count += 1
        }
        kinds = byKind.map { Part(name: $0.key, bytes: $0.value.bytes, count: $0.value.count) }
            .sorted { ($1.bytes, $0.name) < ($0.bytes, $1.name) }
        bytes = DurableFiles.allocatedBytes(layout.root)
        freeBytes = (try? FileSystem(of: layout.root).freeBytes) ?? 0
    }
}

extension ArtifactStore {
    /// The manifests of everything stored whose manifest can be read, sorted by key.
    ///
    /// Aliases do not count.
    public func allManifests() -> [ArtifactManifest] {
        var result = packContents().keys.filter { aliasTarget(of: $0) == nil }.compactMap {
            try? readRecord($0).manifest
        }
        for shelf in (try? DurableFiles.entries(of: layout.artifacts)) ?? [] where shelf.name.utf8.count == 2 {
            for entry in (try? DurableFiles.entries(of: layout.artifacts + "/" + shelf.name)) ?? [] {
                let path = layout.artifacts + "/" + shelf.name + "/" + entry.name + "/manifest.json"
                if let manifest = try? LedgerJSON.read(ArtifactManifest.self, path, known: LedgerSchema.artifact) {
                    result.append(manifest)
                }
            }
        }
        return result.sorted { $0.key < $1.key }
    }

    /// The keys of stored artifacts whose hexadecimal form starts with `prefix`.
    public func keys(startingWith prefix: String) -> [Digest] {
        allManifests().map(\.key).filter { $0.hexDigits.hasPrefix(prefix) }
    }
}
