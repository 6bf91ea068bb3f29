public import Determinism
import DurableFiles
import Synchronization

extension ArtifactStore {
    /// What the store knows of a key.
    public enum Finding: Hashable, Sendable {
        case found(ArtifactManifest)
        case missing
        /// Something is stored, but it cannot be used; the unit must run again and the reason be told.
        case unusable(reason: String)
    }

    /// The artifact of a plan key, if its manifest and the sizes of its files are right.
    public func lookup(_ key: Digest) -> ArtifactManifest? {
        if case .found(let manifest) = find(key) { return manifest }
        return nil
    }

    /// The artifact made earlier from the same contents, whatever the plan key then was (early cut-off).
    public func lookup(contentKey: Digest) -> ArtifactManifest? {
        let known = state.withLock { state -> Digest? in
            if case .record(let record, _)? = state.index[contentKey], record.second == contentKey { return contentKey }
            return state.byContent[contentKey]
        }
        if let known, let manifest = lookup(known) { return manifest }
        if let target = DurableFiles.readLink(layout.contentLink(contentKey)), let key = Digest(hexDigits: target),
            let manifest = lookup(key), manifest.contentKey == contentKey
        {
            return manifest
        }
        for store in alternates { if let manifest = store.lookup(contentKey: contentKey) { return manifest } }
        return nil
    }

    /// Looks up plan keys, and says why what is stored of them cannot be used.
    public func find(_ keys: [Digest]) -> [Finding] {
        let mayExist = state.withLock { state in
            state.folders.refresh(layout.artifacts)
            return keys.map { state.index[$0] != nil || state.folders.mayHold($0) }
        }
        let here = zip(keys, mayExist).map { $1 ? findHere($0) : .missing }
        return alternates.isEmpty ? here : zip(keys, here).map { findElsewhere($0, $1) }
    }

    /// Looks up a plan key and says why what is stored cannot be used.
    public func find(_ key: Digest) -> Finding { findElsewhere(key, findHere(key)) }

    /// What alternates have of a key that is missing here.
    private func findElsewhere(_ key: Digest, _ here: Finding) -> Finding {
        guard case .missing = here else { return here }
        for store in alternates { if case .found(let manifest) = store.findHere(key) { return .found(manifest) } }
        return here
    }

    /// The store that has the artifact of a key: this one, or one of those that are only read.
    private func holder(of key: Digest) -> ArtifactStore {
        guard !alternates.isEmpty, !holds(key) else { return self }
        return alternates.first { $0.holds(key) } ?? self
    }

    private func holds(_ key: Digest) -> Bool {
        state.withLock { $0.index[key] } != nil || DurableFiles.isDirectory(layout.artifact(key))
    }

    private func findHere(_ key: Digest) -> Finding {
        if let place = state.withLock({ $0.index[key] }) {
            switch place {
            case .alias(let target): return target == key ? .missing : find(target)
            case .record:
                do {
                    return .found(try readRecord(key).manifest)
                } catch {
                    return .unusable(reason: "its record in a pack cannot be read (\(error))")
                }
            }
        }
        let folder = layout.artifact(key)
        guard DurableFiles.isDirectory(folder) else { return .missing }
        let path = folder + "/manifest.json"
        let manifest: ArtifactManifest
        do {
            manifest = try LedgerJSON.read(ArtifactManifest.self, path, known: LedgerSchema.artifact)
        } catch {
            return .unusable(reason: "its manifest cannot be read (\(error))")
        }
        guard manifest.key == key else { return .unusable(reason: "'\(path)' belongs to another unit") }
        if let reason = sizeMismatch(manifest, folder) { return .unusable(reason: reason) }
        return .found(manifest)
    }

    private func sizeMismatch(_ manifest: ArtifactManifest, _ folder: String) -> String? {
        for output in manifest.outputs {
            let path = folder + "/outputs/" + output.name
            let expected =
                output.isFolder ? output.files.map { (path + "/" + $0.path, $0.bytes) } : [(path, output.bytes)]
            for (file, bytes) in expected {
                guard let status = DurableFiles.status(of: file), status.kind == .file else {
                    return "'\(file)' is gone"
                }
                guard status.bytes == bytes else {
                    return "'\(file)' has \(status.bytes) bytes where \(bytes) were stored"
                }
            }
        }
        return nil
    }

    /// Reads every byte of an artifact again.
    ///
    /// - Returns: the names of outputs whose content is not what the manifest says; empty when all is well.
    /// - Throws: when a file cannot be read.
    public func damagedOutputs(of manifest: ArtifactManifest) throws -> [String] {
        let holder = holder(of: manifest.key)
        guard holder === self else { return try holder.damagedOutputs(of: manifest) }
        if state.withLock({ $0.index[manifest.key] }) != nil {
            let (stored, payload) = try readRecord(manifest.key)
            return split(payload, by: stored).filter { Digest(of: $0.bytes) != $0.output.digest }.map(\.output.name)
        }
        let folder = layout.artifact(manifest.key) + "/outputs/"
        return try manifest.outputs.filter { try DurableFiles.treeDigest(folder + $0.name).digest != $0.digest }.map(
            \.name)
    }

    /// The file or folder of an output, written out first when it is stored in a pack.
    ///
    /// - Throws: ``LedgerError`` when there is no such output.
    public func outputPath(_ manifest: ArtifactManifest, _ output: String) throws -> String {
        guard let stored = manifest.output(output) else {
            let names = manifest.outputs.map(\.name).joined(separator: ", ")
            throw LedgerError(.unknownName, "unit kind '\(manifest.kind)' has no output '\(output)'; it has: \(names)")
        }
        guard isInline(manifest.key) else { return expectedPath(manifest, output) }
        return try materialize(manifest.key, stored)
    }

    /// Where ``outputPath(_:_:)`` will find an output, without touching the disk.
    public func expectedPath(_ manifest: ArtifactManifest, _ output: String) -> String {
        (isInline(manifest.key)
            ? layout.materialized(manifest.key) : holder(of: manifest.key).layout.artifact(manifest.key) + "/outputs")
            + "/" + output
    }

    /// The bytes of a small output without a file.
    public func inlineBytes(_ manifest: ArtifactManifest, _ output: String) throws -> [UInt8]? {
        guard isInline(manifest.key) else { return nil }
        let (stored, payload) = try holder(of: manifest.key).readRecord(manifest.key)
        return split(payload, by: stored).first { $0.output.name == output }.map { Array($0.bytes) }
    }

    public func isInline(_ key: Digest) -> Bool { holder(of: key).state.withLock { $0.index[key] != nil } }

    private func materialize(_ key: Digest, _ output: StoredOutput) throws -> String {
        let folder = layout.materialized(key)
        let path = folder + "/" + output.name
        if DurableFiles.status(of: path)?.bytes == output.bytes { return path }
        let (manifest, payload) = try holder(of: key).readRecord(key)
        try DurableFiles.createDirectory(folder)
        for (stored, bytes) in split(payload, by: manifest) where stored.name == output.name {
            try DurableFiles.writeCache(bytes, to: path)
        }
        return path
    }

    func split(_ payload: ArraySlice<UInt8>, by manifest: ArtifactManifest) -> [(
        output: StoredOutput, bytes: ArraySlice<UInt8>
    )] {
        var start = payload.startIndex
        return manifest.outputs.map { output in
            let end = min(start + output.bytes, payload.endIndex)
            defer { start = end }
            return (output, payload[start..<end])
        }
    }

    func readRecord(_ key: Digest) throws -> (manifest: ArtifactManifest, payload: ArraySlice<UInt8>) {
        let found: (PackFile, PackRecord)? = state.withLock { state in
            guard case .record(let record, let path)? = state.index[key], let pack = state.packs[path] else {
                return nil
            }
            return (pack, record)
        }
        guard let (pack, record) = found else { throw BinaryReader.Malformed() }
        return try PackRecord.open(try pack.bytes(of: record))
    }
}
