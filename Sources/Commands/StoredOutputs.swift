import Determinism
import Ledger

/// What a unit of a run has stored, found by the names people type.
struct StoredOutputs {
    let run: String
    let unit: UnitOutcome
    /// The outputs asked for, with where they are.
    let outputs: [OutputRecord]

    /// Looks up `thing`, a `UNIT` or `UNIT/OUTPUT`, in the run `runName` of `store`.
    ///
    /// - Throws: ``LedgerError`` with the nearest name for an unknown run, unit or output, or when nothing usable is stored.
    init(_ thing: String, of runName: String, in store: ArtifactStore) throws {
        let summary = try RunJournal.summary(of: RunDirectory.open(runName, in: store.layout))
        let (unit, output) = try RunArguments.unitAndOutput(thing, in: summary)
        let manifest: ArtifactManifest
        switch store.find(unit.key) {
        case .found(let found): manifest = found
        case .missing:
            throw LedgerError(
                .unknownName,
                "unit '\(unit.name)' of run '\(summary.run)' has nothing stored (\(unit.state.rawValue)); submit the recipe again to make it"
            )
        case .unusable(let reason):
            throw LedgerError(
                .damaged,
                "what unit '\(unit.name)' stored cannot be used: \(reason). Submit the recipe again to remake it.")
        }
        if let output, manifest.output(output) == nil {
            let names = manifest.outputs.map(\.name)
            let hint = NearestName.hint(output, among: names)
            throw LedgerError(
                .unknownName,
                "unit '\(unit.name)' has no output '\(output)'; it has: \(names.joined(separator: ", ")).\(hint)")
        }
        run = summary.run
        self.unit = unit
        outputs = try manifest.outputs.filter { output == nil || $0.name == output }.map {
            OutputRecord(
                name: $0.name, digest: $0.digest, path: try store.outputPath(manifest, $0.name), bytes: $0.bytes)
        }
    }
}
