public import Determinism
import DurableFiles
import Synchronization
public import WorkGraph

extension ArtifactStore {
    /// A fresh place for one attempt's outputs, on the store's file system.
    ///
    /// - Parameter fence: of the session the attempt belongs to; leftovers of dead sessions are swept by fence.
    public func staging(for key: Digest, attempt: Int, fence: Int) throws -> StagingArea {
        try prepare()
        let area = StagingArea(path: "\(layout.staging)/\(fence)/\(key.hexDigits.prefix(24))-\(attempt)")
        if DurableFiles.exists(area.path) { try DurableFiles.removeTree(area.path) }
        try DurableFiles.createDirectory(area.outputs)
        return area
    }

    /// Gives up an attempt's outputs.
    public func discard(_ staging: StagingArea) throws { try DurableFiles.removeTree(staging.path) }

    /// The outputs in `staging` as bytes, when they are all plain files and small enough to be stored inline.
    ///
    /// - Throws: ``LedgerError`` when a promised output is missing.
    public func inlineOutputs(of unit: WorkUnit, in staging: StagingArea) throws -> [[UInt8]]? {
        var total = 0
        for output in unit.outputs {
            let path = staging.outputs + "/" + output.name
            guard let status = DurableFiles.status(of: path) else { throw missingOutput(output.name, unit, staging) }
            total += status.bytes
            if status.kind != .file || total > Self.inlineLimit { return nil }
        }
        return try unit.outputs.map { try DurableFiles.read(staging.outputs + "/" + $0.name) }
    }

    /// Commits outputs of any size: digests them, writes the manifest, syncs everything and renames it into the store.
    ///
    /// After a crash at any point the artifact is there completely or not at all. When somebody else has committed the same key in the
    /// meantime, theirs is kept and returned.
    ///
    /// - Parameter inputs: content digests of what each input port read, part by part.
    public func commit(
        _ unit: WorkUnit, inputs: [String: [Digest]], figures: [String: Double] = [:], staging: StagingArea
    ) throws -> ArtifactManifest {
        try commitBeside(unit, inputs: inputs, figures: figures, staging: staging).stored
    }

    /// As ``commit(_:inputs:figures:staging:)``, with the outputs that were in `staging`: they may differ from what somebody else has stored.
    public func commitBeside(
        _ unit: WorkUnit, inputs: [String: [Digest]], figures: [String: Double] = [:], staging: StagingArea
    ) throws -> (stored: ArtifactManifest, made: [StoredOutput]) {
        try prepare()
        var outputs: [StoredOutput] = []
        for declared in unit.outputs {
            try checkName(declared.name, unit)
            let path = staging.outputs + "/" + declared.name
            guard let status = DurableFiles.status(of: path) else { throw missingOutput(declared.name, unit, staging) }
            let isFolder = status.kind == .folder
            let files =
                isFolder ? try DurableFiles.files(below: path).map { StoredFile(path: $0.path, bytes: $0.bytes) } : []
            let (digest, bytes) = try DurableFiles.treeDigest(path)
            outputs.append(
                StoredOutput(name: declared.name, digest: digest, bytes: bytes, isFolder: isFolder, files: files))
        }
        try removeUndeclared(unit, staging)
        let manifest = manifest(of: unit, inputs: inputs, outputs: outputs, figures: figures)
        if case .unusable = find(unit.key) { try setAside(unit.key) }
        try DurableFiles.makeFilesReadOnly(below: staging.outputs)
        try DurableFiles.writeFile(LedgerJSON.encode(manifest), to: staging.path + "/manifest.json")
        let isOurs = try DurableFiles.commitDirectory(staging.path, as: layout.artifact(unit.key))
        try DurableFiles.link(unit.key.hexDigits, at: layout.contentLink(manifest.contentKey))
        try removeCheckpoint(unit.key)
        if isOurs { return (manifest, outputs) }
        guard case .found(let theirs) = find(unit.key) else {
            throw LedgerError.damaged(layout.artifact(unit.key), "it cannot be read although it was just committed")
        }
        return (theirs, outputs)
    }

    /// Commits many small artifacts with one sync.
    ///
    /// Those whose key is stored already are left as they are.
    ///
    /// - Returns: the manifests, in order.
    public func commitInline(_ batch: [InlineCommit]) throws -> [ArtifactManifest] {
        let written = try writeInline(batch)
        try sync(written)
        return written.manifests
    }

    /// Writes many small artifacts at once, so that they survive the end of this process; ``sync(_:)`` makes them survive the machine's.
    public func writeInline(_ batch: [InlineCommit]) throws -> WrittenBatch {
        guard !batch.isEmpty else { return WrittenBatch(manifests: [], log: nil) }
        try prepare()
        var prepared = try batch.map { commit in
            guard commit.outputs.count == commit.unit.outputs.count else {
                throw LedgerError(
                    .badOutput,
                    "'\(commit.unit.name)' gave \(commit.outputs.count) outputs where its kind declares \(commit.unit.outputs.count)"
                )
            }
            let outputs = try zip(commit.unit.outputs, commit.outputs).map { declared, bytes in
                try checkName(declared.name, commit.unit)
                return StoredOutput(
                    name: declared.name, digest: Digest(of: bytes), bytes: bytes.count, isFolder: false, files: [])
            }
            return manifest(of: commit.unit, inputs: commit.inputs, outputs: outputs, figures: commit.figures)
        }
        return try writer.withLock { log in
            var bytes = BinaryWriter()
            bytes.reserve(batch.count * 512)
            var records: [PackRecord] = []
            for place in batch.indices {
                if let stored = storedInline(prepared[place].key) {
                    prepared[place] = stored
                    continue
                }
                records.append(
                    PackRecord.write(
                        .artifact, key: prepared[place].key, second: prepared[place].contentKey,
                        manifest: prepared[place], payload: batch[place].outputs, to: &bytes))
            }
            try append(bytes, records, &log)
            if DurableFiles.isDirectory(layout.checkpoints) {
                for commit in batch { try removeCheckpoint(commit.unit.key) }
            }
            return WrittenBatch(manifests: prepared, log: log)
        }
    }

    /// Waits until a batch is on the disk; another thread may write the next one meanwhile.
    ///
    /// - Throws: when it cannot be; the batch and those written after it are not stored then.
    public func sync(_ batch: WrittenBatch) throws {
        guard let log = batch.log else { return }
        do {
            try log.sync(upTo: batch.end)
        } catch {
            forgetUnsynced(of: log)
            throw error
        }
    }

    /// Lets plan keys share the outputs of artifacts that were made from the same contents, with one sync.
    public func commitAliases(_ aliases: [(key: Digest, target: Digest)]) throws {
        guard !aliases.isEmpty else { return }
        try prepare()
        var bytes = BinaryWriter()
        var records: [PackRecord] = []
        for alias in aliases where alias.key != alias.target {
            records.append(
                PackRecord.write(.alias, key: alias.key, second: alias.target, manifest: nil, payload: [], to: &bytes))
        }
        let log = try writer.withLock { log in
            try append(bytes, records, &log)
            return log
        }
        try sync(WrittenBatch(manifests: [], log: log))
    }

    /// Removes what an unfinished unit kept across attempts.
    public func removeCheckpoint(_ key: Digest) throws {
        let path = layout.checkpoint(key)
        if DurableFiles.exists(path) { try DurableFiles.removeTree(path) }
    }

    // MARK: Parts

    private func storedInline(_ key: Digest) -> ArtifactManifest? {
        let isRecord = state.withLock { state in
            if case .record? = state.index[key] { return true }
            return false
        }
        return isRecord ? try? readRecord(key).manifest : nil
    }

    /// - Parameter records: what `bytes` hold, by their place in them.
    private func append(_ bytes: BinaryWriter, _ records: [PackRecord], _ log: inout AppendLog?) throws {
        guard bytes.count > 0 else { return }
        if log?.failure != nil { log = nil }
        let open = try log ?? newPack()
        log = open
        let start = try open.append(bytes.bytes, syncing: false)
        try state.withLock { state in
            var pack = try state.packs[open.path] ?? PackFile(open.path)
            pack.skip(to: start + bytes.count)
            state.packs[open.path] = pack
            for record in records { add(record.moved(by: start), pack: open.path, to: &state) }
        }
    }

    /// Takes back records that did not reach the disk.
    private func forgetUnsynced(of log: AppendLog) {
        writer.withLock { open in
            if open === log { open = nil }
            let durable = log.durableBytes
            state.withLock { state in
                for (key, place) in state.index {
                    guard case .record(let record, log.path) = place, record.offset >= durable else { continue }
                    state.index[key] = nil
                    if state.byContent[record.second] == key { state.byContent[record.second] = nil }
                }
            }
        }
    }

    /// A pack of this process alone.
    func newPack() throws -> AppendLog {
        let name = String(UInt64.random(in: .min ... .max), radix: 36)
        let log = try AppendLog(creating: layout.packs + "/" + name + ".pack")
        try log.append(PackRecord.fileHeader, syncing: false)
        return log
    }

    private func manifest(
        of unit: WorkUnit, inputs: [String: [Digest]], outputs: [StoredOutput], figures: [String: Double]
    ) -> ArtifactManifest {
        var records: [ArtifactManifest.InputRecord] = []
        for binding in unit.inputs {
            for (part, digest) in zip(binding.parts, inputs[binding.port] ?? []) {
                records.append(.init(port: binding.port, producer: part.producer, output: part.output, digest: digest))
            }
        }
        return ArtifactManifest(
            key: unit.key, contentKey: unit.contentKey(contents: inputs), kind: unit.kind,
            kindVersion: unit.kindVersion,
            parameters: unit.parameters, seed: unit.seed, numericsVersion: unit.numericsVersion,
            isDeterministic: unit.isDeterministic, inputs: records,
            sources: unit.sources.map { .init(port: $0.port, digest: $0.digest, bytes: $0.bytes) }, outputs: outputs,
            figures: figures)
    }

    private func checkName(_ name: String, _ unit: WorkUnit) throws {
        guard !name.isEmpty, name != ".", name != "..", !name.utf8.contains(UInt8(ascii: "/")), !name.utf8.contains(0)
        else {
            throw LedgerError(
                .badOutput, "'\(unit.name)' declares an output called '\(name)', which cannot be a file's name")
        }
    }

    private func missingOutput(_ name: String, _ unit: WorkUnit, _ staging: StagingArea) -> LedgerError {
        let present = ((try? DurableFiles.entries(of: staging.outputs)) ?? []).map(\.name)
        let found = present.isEmpty ? "it wrote nothing" : "it wrote: " + present.joined(separator: ", ")
        return LedgerError(.badOutput, "'\(unit.name)' did not write its output '\(name)'; \(found)")
    }

    /// Files nobody declared would be stored without being checked.
    private func removeUndeclared(_ unit: WorkUnit, _ staging: StagingArea) throws {
        let declared = Set(unit.outputs.map(\.name))
        for entry in try DurableFiles.entries(of: staging.outputs) where !declared.contains(entry.name) {
            try DurableFiles.removeTree(staging.outputs + "/" + entry.name)
        }
    }

    /// Makes room where an unusable artifact lies.
    private func setAside(_ key: Digest) throws {
        let folder = layout.artifact(key)
        guard DurableFiles.exists(folder) else { return }
        let away =
            layout.staging + "/unusable-" + key.hexDigits.prefix(24) + "-"
            + String(UInt64.random(in: .min ... .max), radix: 36)
        try DurableFiles.move(folder, to: away)
        try DurableFiles.removeTree(away)
    }
}
