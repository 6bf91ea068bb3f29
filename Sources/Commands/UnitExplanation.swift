import Determinism
import Ledger
import Observatory
import WorkGraph

/// Everything that is known of one unit in one run; also the JSON form of `explain`.
struct UnitExplanation: Encodable {
    let schema = LedgerSchema.summary
    let run: String
    let unit: UnitOutcome
    let attempts: [AttemptRecord]
    /// What the key is made of.
    let kindVersion: Int?
    let parameters: [String: String]
    let seed: UInt64?
    let numericsVersion: Int?
    let inputs: [Input]
    let sources: [Source]
    let contentKey: Digest?
    /// `stored`, `missing`, or why what is stored cannot be used.
    let stored: String
    let outputs: [OutputRecord]
    let location: String?

    /// One part of an input port.
    struct Input: Encodable {
        let port: String
        let unit: String
        let output: String
        let producer: Digest
        /// Content digest, once it has been read.
        let digest: Digest?
    }

    /// One file from outside.
    struct Source: Encodable {
        let port: String
        let path: String
        let digest: Digest
        let bytes: Int
    }

    init(
        _ outcome: UnitOutcome, _ summary: RunSummary, graph: WorkGraph?, store: ArtifactStore,
        attempts: [AttemptRecord]
    ) throws {
        run = summary.run
        unit = outcome
        self.attempts = attempts
        let planned = graph?[outcome.key]
        var manifest: ArtifactManifest?
        switch store.find(outcome.key) {
        case .found(let found):
            manifest = found
            stored = "stored"
        case .missing: stored = "missing"
        case .unusable(let reason): stored = "unusable: " + reason
        }
        kindVersion = planned?.kindVersion ?? manifest?.kindVersion
        parameters = (planned?.parameters ?? manifest?.parameters ?? [:]).mapValues(\.plainText)
        seed = planned?.seed ?? manifest?.seed
        numericsVersion = planned?.numericsVersion ?? manifest?.numericsVersion
        contentKey = manifest?.contentKey
        location = planned?.location?.description
        let names = Dictionary(summary.units.map { ($0.key, $0.name) }, uniquingKeysWith: { first, _ in first })
        if let planned {
            let read = manifest?.inputs ?? []
            inputs = planned.inputs.flatMap { binding in
                binding.parts.enumerated().map { place, part in
                    let ofPort = read.filter { $0.port == binding.port }
                    return Input(
                        port: binding.port, unit: names[part.producer] ?? part.producer.short, output: part.output,
                        producer: part.producer, digest: place < ofPort.count ? ofPort[place].digest : nil)
                }
            }
            sources = planned.sources.map { Source(port: $0.port, path: $0.path, digest: $0.digest, bytes: $0.bytes) }
        } else {
            inputs = (manifest?.inputs ?? []).map {
                Input(
                    port: $0.port, unit: names[$0.producer] ?? $0.producer.short, output: $0.output,
                    producer: $0.producer,
                    digest: $0.digest)
            }
            sources = (manifest?.sources ?? []).map {
                Source(port: $0.port, path: "", digest: $0.digest, bytes: $0.bytes)
            }
        }
        outputs = try (manifest?.outputs ?? []).map { output in
            guard let manifest else { throw LedgerError(.unknownName, "no manifest") }
            return OutputRecord(
                name: output.name, digest: output.digest, path: try store.outputPath(manifest, output.name),
                bytes: output.bytes)
        }
    }

    var lines: [String] {
        var lines = ["\(unit.name) in run \(run): \(unit.state.rawValue)" + (unit.reason.map { " (\($0))" } ?? "")]
        if let cause = unit.cause { lines.append("cause: \(cause)") }
        if let location { lines.append("written at \(location)") }
        lines += ["", "key \(unit.key)", "  kind \(unit.kind)" + (kindVersion.map { " version \($0)" } ?? "")]
        if let seed { lines.append("  seed \(seed)") }
        if let numericsVersion { lines.append("  numerics version \(numericsVersion)") }
        for (name, value) in parameters.sorted(by: { $0.key < $1.key }) { lines.append("  \(name) = \(value)") }
        for input in inputs {
            lines.append(
                "  \(input.port) <- \(input.unit) \(input.output)" + (input.digest.map { "  \($0.short)" } ?? ""))
        }
        for source in sources {
            lines.append(
                "  \(source.port) <- \(source.path)  \(source.digest.short)  \(HumanText.bytes(source.bytes))")
        }
        if !attempts.isEmpty { lines.append("") }
        for attempt in attempts {
            let time = attempt.endSeconds.map { HumanText.duration($0 - attempt.startSeconds) } ?? "-"
            lines.append(
                "attempt \(attempt.attempt) on ranks \(StatusText.ranks(attempt.ranks)): \(attempt.outcome ?? "running"), \(time)"
                    + (attempt.cause.map { ": \($0)" } ?? ""))
        }
        if let expected = unit.predictedSeconds { lines.append("expected \(HumanText.duration(expected))") }
        if let log = unit.logPath { lines.append("log \(log)") }
        lines += ["", "outputs: \(stored)"]
        for output in outputs {
            lines.append(
                "  \(output.name)  \(output.digest.short)  \(HumanText.bytes(output.bytes))  \(output.path)")
        }
        for (name, value) in unit.figures.sorted(by: { $0.key < $1.key }) {
            lines.append("  \(name) = \(HumanText.number(value))")
        }
        return lines
    }
}
