import Determinism
import DurableFiles
import Foundation

/// Takes a run's archive into a store: every digest is checked, nothing is run.
public struct RunUnpacker {
    private let store: ArtifactStore

    public init(_ store: ArtifactStore) { self.store = store }

    /// What came in.
    public struct Report: Hashable, Sendable {
        public var archive: RunArchive
        /// The run's name in this store.
        public var run: String
        /// Artifacts that were here already.
        public var known = 0
    }

    /// - Parameter name: of the run in this store; its own when it is `nil`.
    /// - Throws: ``ArchiveError`` (65) for an archive that is damaged or not one; ``LedgerError`` when there is a run of that name.
    ///   Artifacts that were checked before stay in the store; the run is there completely or not at all.
    public func unpack(_ path: String, as name: String? = nil, progress: (String) -> Void = { _ in }) throws -> Report {
        let folder = "\(store.layout.staging)/unpack-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        do {
            return try unpack(path, in: folder, as: name, progress)
        } catch let error as LedgerError where error.message.contains(folder) {
            // The user has the archive, not the folder it was read in.
            let what = error.message.replacing(folder, with: path)
            throw ArchiveError("the archive cannot be taken in: \(what)", ExitCode.badData)
        }
    }

    private func unpack(
        _ path: String, in folder: String, as name: String?, _ progress: (String) -> Void
    ) throws -> Report {
        guard DurableFiles.exists(path) else {
            throw ArchiveError("there is no archive '\(path)'", ExitCode.missingInput)
        }
        try store.prepare()
        try DurableFiles.createDirectory(folder)
        defer { try? DurableFiles.removeTree(folder) }
        progress("reading \(path)")
        try TarProgram.extract(path, into: folder)
        try refuseStrangers(folder, path)
        let archive = try Self.contents(folder, path)
        var report = Report(archive: archive, run: name ?? archive.run)
        let run = RunDirectory(report.run, in: store.layout)
        guard !DurableFiles.exists(run.path) else {
            throw LedgerError(
                .inUse, "there is a run called '\(report.run)' here already; give this one another name with --name")
        }
        for file in archive.files {
            let found = try? DurableFiles.fileDigest("\(folder)/run/\(file.path)").digest
            guard found == file.digest else { throw damaged(path, "run/\(file.path)") }
        }
        for (position, key) in archive.artifacts.enumerated() {
            progress("checking artifact \(position + 1) of \(archive.artifacts.count)")
            try ArtifactStore.check("\(folder)/artifacts/\(key.hexDigits)", as: key)
        }
        for source in archive.sources { try check(source, in: folder, path) }
        // The run first: what it reaches is no garbage. What follows are renames.
        try keepRun(folder + "/run", as: run, report.run)
        do {
            for key in archive.artifacts where try !store.adopt("\(folder)/artifacts/\(key.hexDigits)", as: key) {
                report.known += 1
            }
            try store.commitAliases(
                archive.aliases.filter { store.lookup($0.key) == nil }.map { (key: $0.key, target: $0.target) })
            for source in archive.sources { try keep(source, from: folder) }
        } catch {
            try? run.remove()
            throw error
        }
        return report
    }

    private static func contents(_ folder: String, _ path: String) throws -> RunArchive {
        let file = folder + "/" + RunArchive.name
        guard DurableFiles.exists(file) else {
            throw ArchiveError("'\(path)' is not the archive of a run: it has no \(RunArchive.name)", ExitCode.badData)
        }
        let archive = try LedgerJSON.read(RunArchive.self, file, known: LedgerSchema.archive)
        let isPlain = !archive.run.isEmpty && !archive.run.contains("/") && !archive.run.hasPrefix(".")
        let areBelow = archive.files.allSatisfy { file in
            !file.path.hasPrefix("/") && !file.path.split(separator: "/").contains("..")
        }
        guard isPlain, areBelow else {
            throw ArchiveError("'\(path)' names places outside of it; it is not taken in", ExitCode.badData)
        }
        return archive
    }

    private func damaged(_ path: String, _ what: String) -> ArchiveError {
        ArchiveError("'\(path)' is damaged or was altered: '\(what)' is not what its list says", ExitCode.badData)
    }

    /// Links and devices have no business in an archive, and could lead out of it.
    private func refuseStrangers(_ folder: String, _ path: String) throws {
        for entry in try DurableFiles.entries(of: folder) {
            let place = folder + "/" + entry.name
            switch entry.kind {
            case .file: break
            case .folder: try refuseStrangers(place, path)
            case .link, .other:
                throw ArchiveError(
                    "'\(path)' holds '\(entry.name)', which is neither a file nor a folder; it is not taken in",
                    ExitCode.badData)
            }
        }
    }

    private func check(_ source: RunArchive.Source, in folder: String, _ path: String) throws {
        let place = "\(folder)/sources/\(source.digest.hexDigits)"
        guard DurableFiles.exists(place), try DurableFiles.treeDigest(place).digest == source.digest else {
            throw damaged(path, "sources/\(source.digest.hexDigits) (\(source.path))")
        }
    }

    private func keep(_ source: RunArchive.Source, from folder: String) throws {
        let home = store.layout.source(source.digest)
        guard !DurableFiles.exists(home) else { return }
        try DurableFiles.createDirectory(DurableFiles.parent(of: home))
        try DurableFiles.move("\(folder)/sources/\(source.digest.hexDigits)", to: home)
    }

    private func keepRun(_ folder: String, as run: RunDirectory, _ name: String) throws {
        try DurableFiles.createDirectory(folder + "/work")
        try DurableFiles.createDirectory(folder + "/logs")
        var record = try LedgerJSON.read(RunRecord.self, folder + "/run.json", known: LedgerSchema.summary)
        if record.name != name {
            record.name = name
            try DurableFiles.write(LedgerJSON.encode(record), to: folder + "/run.json")
            if DurableFiles.exists(folder + "/run.sqlite") { try RunJournal.rename(folder + "/run.sqlite", to: name) }
        }
        guard try DurableFiles.commitDirectory(folder, as: run.path) else {
            throw LedgerError(.inUse, "there is a run called '\(name)' here already")
        }
    }
}

extension ArtifactStore {
    /// Reads every byte of the folder of an artifact of another store.
    ///
    /// - Throws: ``LedgerError`` when the manifest or an output is not what it must be.
    static func check(_ folder: String, as key: Digest) throws {
        let path = folder + "/manifest.json"
        let manifest = try LedgerJSON.read(ArtifactManifest.self, path, known: LedgerSchema.artifact)
        guard manifest.key == key else { throw LedgerError.damaged(path, "it belongs to another unit") }
        for output in manifest.outputs {
            let isName = !output.name.isEmpty && !output.name.contains("/") && output.name != ".." && output.name != "."
            guard isName, DurableFiles.exists("\(folder)/outputs/\(output.name)"),
                try DurableFiles.treeDigest("\(folder)/outputs/\(output.name)").digest == output.digest
            else {
                throw LedgerError.damaged("\(folder)/outputs/\(output.name)", "its content is not what was stored")
            }
        }
        let declared = Set(manifest.outputs.map(\.name))
        for entry in try DurableFiles.entries(of: folder + "/outputs") where !declared.contains(entry.name) {
            throw LedgerError.damaged("\(folder)/outputs/\(entry.name)", "no output of that name was stored")
        }
    }

    /// Takes in the folder of an artifact of another store that was checked.
    ///
    /// - Returns: false when the key was here already.
    func adopt(_ folder: String, as key: Digest) throws -> Bool {
        if case .found = find(key) { return false }
        let manifest = try LedgerJSON.read(
            ArtifactManifest.self, folder + "/manifest.json", known: LedgerSchema.artifact)
        try DurableFiles.makeFilesReadOnly(below: folder + "/outputs")
        let isNew = try DurableFiles.commitDirectory(folder, as: layout.artifact(key))
        try DurableFiles.link(key.hexDigits, at: layout.contentLink(manifest.contentKey))
        return isNew
    }
}
