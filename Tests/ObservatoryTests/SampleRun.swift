import Determinism
import Ledger

/// Runs to show.
enum SampleRun {
    static func key(_ name: String) -> Digest { Digest(of: Array(name.utf8)) }

    static func unit(
        _ name: String, _ kind: String, after parents: [String] = [], state: UnitState = .ran, ranks: [Int] = [0],
        from start: Double? = nil, to end: Double? = nil, predicted: Double? = nil, outputs: [OutputRecord] = [],
        figures: [String: Double] = [:], cause: String? = nil
    ) -> UnitOutcome {
        UnitOutcome(
            name: name, kind: kind, key: key(name), state: state, attempt: state == .ran ? 1 : 0,
            ranks: state == .ran || state == .running ? ranks : [], startSeconds: start, endSeconds: end,
            predictedSeconds: predicted, outputs: outputs, figures: figures, cause: cause, parents: parents.map(key))
    }

    /// A small main job; `artifacts` holds files to show, by unit.
    static func pushT(artifacts: [String: String] = [:]) -> RunSummary {
        func outputs(_ unit: String) -> [OutputRecord] {
            artifacts[unit].map { [OutputRecord(name: unit, digest: key($0), path: $0, bytes: 1 << 20)] } ?? []
        }
        return RunSummary(
            run: "brave-heron", recipe: "push-t", recipePath: "recipes/pusht.swift", status: .done,
            started: 1_780_000_000,
            finished: 1_780_000_190, parameters: ["steps": "600", "data": "data/<odd> & \"name\".hdf5"], seed: 17,
            rankCount: 2,
            units: [
                unit("world", "Simulate", state: .reused),
                unit("demos/shard-0", "Ingest", after: ["world"], from: 0, to: 4.2, predicted: 5),
                unit("demos/shard-1", "Ingest", after: ["world"], ranks: [1], from: 0, to: 5.1, predicted: 5),
                unit("demos/index", "IngestIndex", after: ["world"], from: 4.2, to: 4.4),
                unit("clean", "Screen", after: ["demos/index", "demos/shard-0", "demos/shard-1"], from: 5.1, to: 7),
                unit("split", "Split", after: ["clean"], from: 7, to: 7.1),
                unit("words", "TrainTextTokenizer", after: ["split"], from: 7.1, to: 8),
                unit(
                    "codes", "TrainImageTokenizer", after: ["split", "demos/shard-0"], ranks: [1], from: 7.1, to: 31,
                    predicted: 20, outputs: outputs("codes"), figures: ["psnr": 30.41]),
                unit("moves", "FitActionTokenizer", after: ["split"], from: 8, to: 8.4),
                unit("tokens/shard-0", "Tokenize", after: ["split", "words", "codes", "moves"], from: 31, to: 39),
                unit(
                    "tokens/shard-1", "Tokenize", after: ["split", "words", "codes", "moves"], ranks: [1], from: 31,
                    to: 40),
                unit(
                    "policy", "Train", after: ["tokens/shard-0", "tokens/shard-1"], ranks: [0, 1], from: 40, to: 170,
                    predicted: 150, outputs: outputs("policy"), figures: ["loss": 2.134]),
                unit(
                    "score", "Evaluate", after: ["policy", "tokens/shard-1"], from: 170, to: 186,
                    outputs: outputs("score"), figures: ["action_error": 0.0312, "success": 0.42]),
                unit("export", "Export", after: ["policy"], ranks: [1], from: 170, to: 172.25),
            ])
    }
}
