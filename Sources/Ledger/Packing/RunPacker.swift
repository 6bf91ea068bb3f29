import Determinism
import DurableFiles
import Foundation
import WorkGraph

/// Makes one archive of a run, with what is needed to read, verify or continue it elsewhere.
public struct RunPacker {
    private let run: RunDirectory
    private let store: ArtifactStore

    public init(_ run: RunDirectory) throws {
        self.run = run
        store = try ArtifactStore(run.layout.root)
    }

    /// Writes the archive to `path`, where nothing may be.
    ///
    /// - Parameter progress: told what is being done.
    /// - Throws: ``LedgerError`` while the run is live; ``ArchiveError`` when data it read is gone or changed.
    public func pack(
        _ contents: RunArchive.Contents, to path: String, progress: (String) -> Void = { _ in }
    ) throws -> RunArchive {
        guard !run.isLive else {
            throw LedgerError(.inUse, "run '\(run.name)' is still going; pack it when it has ended")
        }
        guard !DurableFiles.exists(path) else {
            throw LedgerError(.inUse, "'\(path)' exists already; name another file with --output")
        }
        let record = try run.record()
        let graph = try run.graph()
        try store.prepare()
        let folder = "\(store.layout.staging)/pack-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        try DurableFiles.createDirectory(folder)
        defer { try? DurableFiles.removeTree(folder) }
        var archive = RunArchive(
            run: run.name, recipe: record.recipe, contents: contents, artifacts: [], aliases: [], missing: [],
            sources: [], files: [])
        try linkRun(into: folder + "/run", &archive)
        try linkArtifacts(of: graph, into: folder + "/artifacts", &archive)
        if contents == .data { try linkSources(of: graph, into: folder + "/sources", &archive, progress) }
        try DurableFiles.write(LedgerJSON.encode(archive), to: folder + "/" + RunArchive.name)
        progress("writing \(path)")
        // Complete under its name, or not there.
        let temporary = path + ".partial"
        do {
            try TarProgram.create(temporary, of: folder, compressedAs: path)
            try DurableFiles.syncFile(temporary)
            try DurableFiles.move(temporary, to: path)
        } catch {
            try? DurableFiles.removeTree(temporary)
            throw error
        }
        return archive
    }

    private func linkRun(into folder: String, _ archive: inout RunArchive) throws {
        try DurableFiles.createDirectory(folder)
        for name in RunArchive.runFiles where DurableFiles.exists(run.path + "/" + name) {
            let target = run.path + "/" + name
            if name == "run.sqlite" {
                // One plain file, whatever log lies beside it.
                try RunJournal.copy(target, to: folder + "/" + name)
            } else {
                try DurableFiles.link(target, at: folder + "/" + name)
            }
            let isFolder = DurableFiles.isDirectory(target)
            for file in isFolder ? try DurableFiles.files(below: target).map(\.path) : [""] {
                let path = file.isEmpty ? name : name + "/" + file
                archive.files.append(
                    .init(path: path, digest: try DurableFiles.fileDigest(folder + "/" + path).digest))
            }
        }
    }

    private func linkArtifacts(of graph: WorkGraph, into folder: String, _ archive: inout RunArchive) throws {
        let children = graph.childPositions()
        var packed: Set<Digest> = []
        for (position, unit) in graph.units.enumerated() {
            if archive.contents == .results, !children[position].isEmpty { continue }
            guard case .found(let manifest) = store.find(unit.key) else {
                archive.missing.append(unit.key)
                continue
            }
            if manifest.key != unit.key { archive.aliases.append(.init(key: unit.key, target: manifest.key)) }
            guard packed.insert(manifest.key).inserted else { continue }
            let place = folder + "/" + manifest.key.hexDigits
            try DurableFiles.createDirectory(place + "/outputs")
            try DurableFiles.write(LedgerJSON.encode(manifest), to: place + "/manifest.json")
            for output in manifest.outputs {
                try DurableFiles.link(store.outputPath(manifest, output.name), at: place + "/outputs/" + output.name)
            }
            archive.artifacts.append(manifest.key)
        }
    }

    private func linkSources(
        of graph: WorkGraph, into folder: String, _ archive: inout RunArchive, _ progress: (String) -> Void
    ) throws {
        try DurableFiles.createDirectory(folder)
        let digests = SourceDigests(run.layout)
        var seen: Set<Digest> = []
        for source in graph.units.flatMap(\.sources) where seen.insert(source.digest).inserted {
            progress("checking \(source.path)")
            let found = try digests.digest(source.path).digest
            guard found == source.digest else {
                throw ArchiveError(
                    "'\(source.path)' is no longer what the run read (SHA-256 \(found.short), was \(source.digest.short)); pack with artifacts only",
                    ExitCode.badData)
            }
            try DurableFiles.link(source.path, at: folder + "/" + source.digest.hexDigits)
            archive.sources.append(.init(path: source.path, digest: source.digest, bytes: source.bytes))
        }
    }
}
