import Determinism
import DurableFiles
import Foundation
public import WorkGraph

/// Copies of the project's files that the programs of a run read: what is edited after a run was submitted changes nothing for it.
///
/// The copies lie in the run's folder as they lie in the project. Their neighbours there are links to the project's own, so
/// that a script finds what it imports without having declared it; such files are live, and no part of any key.
public struct FrozenFiles {
    /// Larger files are data: they stay where they are.
    public static let largestBytes = 64 << 20

    private let project: String
    private let folder: String
    private var copied: [String: String] = [:]

    /// Copies what `graph` names below `projectDirectory` into the run's folder.
    ///
    /// - Parameter kinds: unit kinds whose files are frozen.
    /// - Returns: the graph with the copies in the place of the originals; keys stay.
    /// - Throws: ``LedgerError`` when a file is changed while it is copied.
    public static func freeze(
        _ graph: WorkGraph, ofKinds kinds: Set<String>, projectDirectory: String, for run: RunDirectory
    ) throws -> WorkGraph {
        var frozen = FrozenFiles(
            project: Self.plain(projectDirectory), folder: run.path + "/files")
        let store = Self.plain(run.layout.root) + "/"
        let digests = SourceDigests(run.layout)
        for unit in graph.units where kinds.contains(unit.kind) {
            for source in unit.sources where source.bytes <= largestBytes && frozen.copied[source.path] == nil {
                guard let part = frozen.relativePath(source.path), !(frozen.project + "/" + part).hasPrefix(store),
                    DurableFiles.status(of: source.path, followingLinks: false).map({ $0.kind != .link }) ?? false
                else { continue }
                try frozen.copy(source, to: part, digests)
            }
        }
        try frozen.linkNeighbours()
        return graph.movingSources(frozen.copied)
    }

    private init(project: String, folder: String) {
        self.project = project
        self.folder = folder
    }

    private static func plain(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }

    /// The path below the project's folder; `nil` for the folder itself and what lies outside.
    private func relativePath(_ path: String) -> String? {
        let full = Self.plain(path)
        return full.hasPrefix(project + "/") ? String(full.dropFirst(project.utf8.count + 1)) : nil
    }

    private mutating func copy(_ source: SourceBinding, to part: String, _ digests: SourceDigests) throws {
        let target = folder + "/" + part
        // A file of a folder that was copied as a whole.
        if !DurableFiles.exists(target) {
            try DurableFiles.createDirectory(DurableFiles.parent(of: target))
            try FileManager.default.copyItem(atPath: source.path, toPath: target)
        }
        guard try digests.digest(target).digest == source.digest else {
            throw LedgerError(
                .changed, "'\(source.path)' was changed while the run was being submitted; submit it again")
        }
        copied[source.path] = target
    }

    /// Links what lies beside the copies, up to the project's own folder.
    private func linkNeighbours() throws {
        var folders: Set<String> = []
        for path in copied.values {
            var parent = DurableFiles.parent(of: path)
            while parent.utf8.count >= folder.utf8.count, folders.insert(parent).inserted {
                parent = DurableFiles.parent(of: parent)
            }
        }
        for mirror in folders.sorted() {
            let original = project + mirror.dropFirst(folder.utf8.count)
            // Beside a copied folder's own content nothing is missing.
            guard let entries = try? DurableFiles.entries(of: original), entries.count <= 10_000 else { continue }
            for entry in entries where !entry.name.hasPrefix(".") {
                // What is there already is a copy.
                _ = symlink(original + "/" + entry.name, mirror + "/" + entry.name)
            }
        }
    }
}
