import Foundation
import Ledger

/// Finds what a report shows in the artifacts of a run: pictures, step records, traces.
struct ReportFiles {
    /// A file in an output of a unit.
    struct Found {
        let unit: UnitOutcome
        /// Output and path below it, such as `tokenizer/contact-sheet.png`.
        let name: String
        let path: String
        let bytes: Int
    }

    /// Every file of interest in graph order, by path within a unit.
    let all: [Found]

    /// Most files looked at in one output; token shards hold more than anybody wants to list.
    private static let entryLimit = 400

    init(_ summary: RunSummary) {
        var seen: Set<String> = []
        var found: [Found] = []
        for unit in summary.units {
            for output in unit.outputs where !output.path.isEmpty && seen.insert(output.path).inserted {
                for (relative, bytes) in Self.files(below: output.path) {
                    let name = relative.isEmpty ? output.name : output.name + "/" + relative
                    let path = relative.isEmpty ? output.path : output.path + "/" + relative
                    found.append(Found(unit: unit, name: name, path: path, bytes: bytes))
                }
            }
        }
        all = found
    }

    /// The files whose name ends so, at most `limit` bytes each.
    func ending(with suffix: String, limit: Int) -> [Found] {
        all.filter { $0.path.hasSuffix(suffix) && $0.bytes > 0 && $0.bytes <= limit }
    }

    /// The bytes of a file, or `nil` when it went away: a report never fails for that.
    static func read(_ file: Found) -> Data? { FileManager.default.contents(atPath: file.path) }

    private static func files(below path: String) -> [(String, Int)] {
        let manager = FileManager.default
        var isFolder: ObjCBool = false
        guard manager.fileExists(atPath: path, isDirectory: &isFolder) else { return [] }
        if !isFolder.boolValue { return [("", size(path))] }
        guard let walker = manager.enumerator(atPath: path) else { return [] }
        var names: [String] = []
        while let name = walker.nextObject() as? String, names.count < entryLimit { names.append(name) }
        return names.sorted().compactMap { name in
            var isFolder: ObjCBool = false
            guard manager.fileExists(atPath: path + "/" + name, isDirectory: &isFolder), !isFolder.boolValue else {
                return nil
            }
            return (name, size(path + "/" + name))
        }
    }

    private static func size(_ path: String) -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.size] as? NSNumber)?.intValue ?? 0
    }
}
