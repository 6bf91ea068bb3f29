import Determinism
import DurableFiles
import Foundation
import Ledger
import WorkGraph

/// Where the data of a recorded run is now: where it was, where the user says, or in the store it was unpacked into.
struct MovedData {
    private let pairs: [(old: String, new: String)]

    /// - Parameter texts: `OLD=NEW`, both files or both folders.
    init(_ texts: [String]) { pairs = texts.compactMap(Self.pair) }

    static func pair(_ text: String) -> (old: String, new: String)? {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return nil }
        return (absolute(parts[0]), absolute(parts[1]))
    }

    private static func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }

    /// The new places of files that are elsewhere now, by their old paths; the content of each was compared.
    ///
    /// - Throws: ``UnverifiableRun`` for one that is nowhere, or whose content changed.
    func find(_ sources: [SourceBinding], in layout: StoreLayout) throws -> [String: String] {
        var result: [String: String] = [:]
        var checked: Set<String> = []
        for source in sources where checked.insert(source.path).inserted {
            let places = candidates(source, layout)
            var changed: (path: String, digest: Digest)?
            var found: String?
            for place in places where DurableFiles.exists(place) {
                let (digest, _) = try DurableFiles.treeDigest(place)
                if digest == source.digest {
                    found = place
                    break
                }
                changed = changed ?? (place, digest)
            }
            if let found {
                if found != source.path { result[source.path] = found }
            } else if let changed {
                throw UnverifiableRun(
                    "the data '\(changed.path)' is no longer what the run read: SHA-256 \(changed.digest.hexDigits), was \(source.digest.hexDigits)",
                    ExitCode.badData)
            } else {
                throw UnverifiableRun(
                    "the data '\(source.path)' is gone; the run read \(source.bytes) bytes with SHA-256 \(source.digest.hexDigits). Say where it is with --data OLD=NEW",
                    ExitCode.missingInput)
            }
        }
        return result
    }

    private func candidates(_ source: SourceBinding, _ layout: StoreLayout) -> [String] {
        var places: [String] = []
        for (old, new) in pairs {
            if source.path == old { places.append(new) }
            if source.path.hasPrefix(old + "/") { places.append(new + source.path.dropFirst(old.count)) }
        }
        return places + [source.path, layout.source(source.digest)]
    }
}
