import Determinism
import Foundation
import Ledger
import TestSupport
import Testing
import WorkGraph

/// The built `orchestrate` on a store made by hand.
private struct Program {
    let store: String

    func callAsFunction(_ arguments: String...) throws -> Workplace.Result {
        try Programs.run([Programs.path("orchestrate")] + arguments + ["--store", store])
    }
}

@Suite("Commands on the ledger", .enabled(if: Workplace.isBuilt, "the executable has not been built"))
struct LedgerCommandsTests {
    private func unit(_ name: String, rate: Double) -> WorkUnit {
        WorkUnit(
            name: name, kind: "Train", kindVersion: 1, parameters: ["rate": .double(rate), "name": .string(name)],
            options: [:],
            inputs: [], sources: [], outputs: [OutputDeclaration(name: "checkpoint", type: PortType("Checkpoint"))],
            resources: ResourceRequest(), seed: 1, numericsVersion: 1, isDeterministic: true, estimate: WorkEstimate(),
            location: nil)
    }

    /// Two runs of one recipe: `brave-heron` done with loss 0.5, `calm-otter` failed.
    private func makeStore(_ root: TemporaryDirectory) throws -> Program {
        let store = try ArtifactStore(root.path)
        for (place, name) in ["brave-heron", "calm-otter"].enumerated() {
            let policy = unit("policy", rate: Double(place + 1))
            let directory = try RunDirectory.create(
                RunRecord(
                    name: name, recipe: "push-t", recipePath: "/r.swift",
                    parameters: ["rate": "\(place + 1)", "same": "x"], seed: 1,
                    started: 1_700_000_000 + Double(place)), in: store.layout)
            try directory.writeGraph(WorkGraph(recipe: "push-t", seed: 1, units: [policy]))
            try LockFile(
                recipe: "push-t", recipePath: "", recipeText: "", parameters: [:], seed: 1, inputs: [],
                units: [.init(name: "policy", key: policy.key)], numericsVersion: 1, toolchain: "", programVersion: "",
                libraries: [:], processor: "", git: nil
            ).write(to: directory.lockFile)
            let journal = try RunJournal(
                directory.journal,
                run: RunSummary(
                    run: name, recipe: "push-t", recipePath: "/r.swift", status: .running,
                    started: 1_700_000_000 + Double(place),
                    parameters: ["rate": "\(place + 1)"], seed: 1, rankCount: 2), fence: 1, host: "h")
            try journal.append([
                .units([UnitOutcome(name: "policy", kind: "Train", key: policy.key, reason: "never run")])
            ])
            try Data("step 1\nstep 2\n".utf8).write(to: URL(fileURLWithPath: directory.logPath("policy", attempt: 1)))
            if place == 0 {
                let manifest = try store.commitInline([
                    InlineCommit(unit: policy, inputs: [:], outputs: [Array("weights".utf8)])
                ])[0]
                try journal.append([
                    .ran(0, attempt: 1, ranks: [0, 1], startSeconds: 1, endSeconds: 3),
                    .outputs(0, manifest.outputs, key: manifest.key), .figure(0, name: "loss", value: 0.5),
                    .status(.done, atSeconds: 4),
                ])
            } else {
                try journal.append([
                    .started(0, attempt: 1, ranks: [0], atSeconds: 1),
                    .ended(0, state: .failed, atSeconds: 2, cause: "loss is NaN"),
                    .status(.failed, atSeconds: 2),
                ])
            }
            try journal.close()
        }
        return Program(store: root.path)
    }

    @Test func `runs are ranked by a figure with the parameters that differ`() throws {
        let root = try TemporaryDirectory()
        let orchestrate = try makeStore(root)
        let table = try orchestrate("runs", "--sort", "loss")
        #expect(table.status == 0)
        let lines = table.output.split(separator: "\n")
        #expect(lines[0].contains("rate") && lines[0].contains("loss") && !lines[0].contains("same"))
        #expect(lines[1].hasPrefix("brave-heron") && lines[1].contains("0.5") && lines[2].hasPrefix("calm-otter"))
        let csv = try orchestrate("runs", "--csv").output.split(separator: "\n")
        #expect(csv[0] == "run,recipe,status,started,seconds,seed,parameter.rate,parameter.same,figure.loss")
        #expect(csv[1] == "brave-heron,push-t,done,1700000000.0,4.0,1,1,x,0.5")
        let wrong = try orchestrate("runs", "--sort", "los")
        #expect(wrong.status != 0 && wrong.errors.contains("Did you mean 'loss'?"))
    }

    @Test func `status tells the cause of a failure, and json holds the units`() throws {
        let root = try TemporaryDirectory()
        let orchestrate = try makeStore(root)
        let last = try orchestrate("status")
        #expect(last.output.hasPrefix("calm-otter: failed") && last.output.contains("loss is NaN"))
        let json = try orchestrate("status", "brave-heron", "--json")
        let summary = try JSONDecoder().decode(RunSummary.self, from: Data(json.output.utf8))
        #expect(summary.status == .done && summary.units[0].outputs.count == 1)
        let wrong = try orchestrate("status", "brave-herring")
        #expect(wrong.status == 66 && wrong.errors.contains("Did you mean 'brave-heron'?") && wrong.output.isEmpty)
    }

    @Test func `logs, explain and artifact show a unit`() throws {
        let root = try TemporaryDirectory()
        let orchestrate = try makeStore(root)
        #expect(try orchestrate("logs", "brave-heron", "policy").output == "step 1\nstep 2\n")
        #expect(try orchestrate("logs", "brave-heron", "policy", "-f").output == "step 1\nstep 2\n")
        #expect(try orchestrate("logs", "brave-heron", "polcy").errors.contains("Did you mean 'policy'?"))
        #expect(try orchestrate("logs", "brave-heron", "policy", "--attempt", "7").status != 0)
        let explanation = try orchestrate("explain", "policy", "--run", "brave-heron").output
        for words in ["never run", "rate = 1", "kind Train version 1", "ranks 0-1", "checkpoint"] {
            #expect(explanation.contains(words), "\(words) in \(explanation)")
        }
        let path = try orchestrate("artifact", "brave-heron", "policy/checkpoint").output
        #expect(try String(contentsOfFile: path.trimmingCharacters(in: .newlines), encoding: .utf8) == "weights")
        #expect(
            try orchestrate("artifact", "brave-heron", "policy/checkpont").errors.contains("Did you mean 'checkpoint'?")
        )
        #expect(try orchestrate("artifact", "calm-otter", "policy").status == 66)
    }

    @Test func `pinned runs are not removed, removed ones leave artifacts to gc`() throws {
        let root = try TemporaryDirectory()
        let orchestrate = try makeStore(root)
        #expect(try orchestrate("pin", "brave-heron").status == 0)
        #expect(try orchestrate("rm", "brave-heron").status == 73)
        let kept = try orchestrate("gc", "--keep-last", "0", "--dry-run")
        #expect(kept.output.contains("would remove run calm-otter") && kept.errors.contains("brave-heron is pinned"))
        #expect(try orchestrate("pin", "--off", "brave-heron").status == 0)
        #expect(try orchestrate("rm", "brave-heron").status == 0)
        #expect(try orchestrate("gc").output.contains("removed 1 artifacts"))
        #expect(try orchestrate("runs").output.contains("calm-otter"))
        #expect(try orchestrate("gc", "--older-than", "7x").status == 64)
        #expect(try orchestrate("du").output.contains("runs"))
    }

    @Test func `an empty store is no error for lists`() throws {
        let root = try TemporaryDirectory()
        let orchestrate = Program(store: root.path + "/none")
        for command in ["runs", "du", "gc"] { #expect(try orchestrate(command).status == 0) }
        #expect(try orchestrate("status").status == 66)
        #expect(!FileManager.default.fileExists(atPath: root.path + "/none"))
    }
}
