import Determinism
import DurableFiles
import Ledger

/// What the argument of `inspect` leads to: a path, or the outputs of a unit.
struct InspectionTarget {
    /// A file or folder, and the output it is, if any.
    struct Place {
        let path: String
        let output: String?
    }

    /// The run, when the argument named a unit.
    let run: String?
    let unit: String?
    let places: [Place]

    /// Resolves `[RUN:]UNIT[/OUTPUT]`, unless there is a file of that name.
    ///
    /// - Throws: ``LedgerError`` for unknown names; ``NothingThere`` when no run could have made it.
    init(_ text: String, store: String) throws {
        if DurableFiles.exists(text) {
            (run, unit, places) = (nil, nil, [Place(path: text, output: nil)])
            return
        }
        guard !Self.looksLikePath(text), DurableFiles.isDirectory(store) else { throw NothingThere(thing: text) }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let (runName, name) = parts.count == 2 ? (parts[0], parts[1]) : ("latest", text)
        let layout = StoreLayout(store)
        if parts.count == 1, (try? RunDirectory.open(runName, in: layout)) == nil { throw NothingThere(thing: text) }
        do {
            let found = try StoredOutputs(name, of: runName, in: ArtifactStore(store))
            run = found.run
            unit = found.unit.name
            places = found.outputs.map { Place(path: $0.path, output: $0.name) }
        } catch let error as LedgerError where error.code == .unknownName && parts.count == 1 {
            throw LedgerError(.unknownName, "there is no file '\(text)', and \(error.message)")
        }
    }

    private static func looksLikePath(_ text: String) -> Bool {
        let suffixes = [".hdf5", ".h5", ".json", ".safetensors", ".png", ".bin"]
        return text.hasPrefix("/") || text.hasPrefix(".") || text.hasPrefix("~") || text.hasSuffix("/")
            || suffixes.contains { text.hasSuffix($0) }
    }
}

/// A thing that is neither a file nor a unit.
struct NothingThere: ExitCoded, CustomStringConvertible {
    let thing: String
    let exitCode = ExitCode.missingInput

    var description: String {
        "there is no file or folder '\(thing)', nor a run here that could have a unit of that name; check the path, or name the store with --store DIR"
    }
}
