import Foundation
import Scheduling
import Sites
import TestSupport
import Testing

@Suite("Damaged traces")
struct DamagedTraceTests {
    private static let good = Array(
        """
        {"name": "w", "schemaVersion": "1.5", "workflow": {"specification": {"tasks": [
          {"id": "a", "name": "cut_ID1", "parents": [], "children": ["b", "c"], "inputFiles": ["s"], "outputFiles": ["x"]},
          {"id": "b", "name": "join_ID2", "parents": ["a"], "children": ["c"], "inputFiles": ["x", "s"], "outputFiles": ["y"]},
          {"id": "c", "name": "join_ID3", "parents": ["a", "b"], "children": [], "inputFiles": ["x", "y"], "outputFiles": []}],
          "files": [{"id": "s", "sizeInBytes": 100}, {"id": "x", "sizeInBytes": 7}, {"id": "y", "sizeInBytes": 70000}]},
          "execution": {"makespanInSeconds": 9, "tasks": [
          {"id": "a", "runtimeInSeconds": 1.5, "command": {"program": "cut"}, "coreCount": 1},
          {"id": "b", "runtimeInSeconds": 2, "command": {"program": "join"}, "machines": ["m"]},
          {"id": "c", "runtimeInSeconds": 4.25, "command": {"program": "join"}}],
          "machines": [{"nodeName": "m", "cpu": {"coreCount": 4}}]}}, "runtimeSystem": {"name": "Pegasus"}}
        """.utf8)

    @Test("a damaged trace is refused, or simulated like any other", arguments: UInt64(0)..<8)
    func traces(block: UInt64) {
        var accepted = 0
        for seed in block * 250..<block * 250 + 250 {
            var damage = Damage(seed: seed, words: Damage.json)
            guard let trace = try? WfFormat.decode(Data(damage(Self.good)), name: "w.json") else { continue }
            accepted += 1
            let run = SimulatedPolicy.criticalPath.run(
                Workload([trace]), on: .identical(ranks: 2), model: SimulatorTests.model, seed: seed)
            #expect(run.makespanSeconds.isFinite && run.makespanSeconds >= 0, "seed \(seed)")
        }
        // Not everything is refused, else nothing behind the reader was tried.
        #expect(accepted > 10)
    }
}
