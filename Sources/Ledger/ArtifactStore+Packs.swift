import Determinism
import DurableFiles
import Synchronization

/// What garbage collection needs to know of packs and does with them. The store lock is held.
extension ArtifactStore {
    /// The key whose outputs `key` shares; `nil` when it has its own or none.
    func aliasTarget(of key: Digest) -> Digest? {
        state.withLock { state in
            if case .alias(let target)? = state.index[key] { return target }
            return nil
        }
    }

    /// Every key in packs and the bytes of its record.
    func packContents() -> [Digest: Int] {
        state.withLock { state in
            state.index.mapValues { place in
                if case .record(let record, _) = place { return record.length }
                return PackRecord.headerBytes + 8
            }
        }
    }

    var packCount: Int { state.withLock { $0.packs.count } }

    /// Copies the records of `keys` to one new pack and removes the old ones.
    ///
    /// The new pack is whole before an old one goes; a crash between the two leaves records twice, which is harmless.
    func rewritePacks(keeping keys: Set<Digest>) throws {
        try writer.withLock { log in
            let own = log?.path
            log = nil
            try state.withLock { try rewritePacks(keeping: keys, own: own, &$0) }
        }
    }

    private func rewritePacks(keeping keys: Set<Digest>, own: String?, _ state: inout State) throws {
        try refresh(&state)
        let old = state.packs
        // A pack that a process without a session is writing (a tool at work) stays.
        let idle = Set(old.keys.filter { $0 == own || !FileLock.isHeld($0) })
        var bytes = BinaryWriter()
        for key in state.index.keys.sorted() where keys.contains(key) {
            switch state.index[key] {
            case .record(let record, let path)?:
                guard idle.contains(path), let pack = old[path] else { continue }
                bytes.append(raw: try pack.bytes(of: record))
            case .alias(let target)?:
                _ = PackRecord.write(.alias, key: key, second: target, manifest: nil, payload: [], to: &bytes)
            case nil: break
            }
        }
        if bytes.count > 0 { try newPack().append(bytes.bytes) }
        for path in idle.sorted() { try DurableFiles.removeTree(path) }
        state.index = [:]
        state.byContent = [:]
        state.packs = [:]
        try refresh(&state)
    }
}
