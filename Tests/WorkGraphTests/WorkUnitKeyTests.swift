import Determinism
import Testing
import WorkGraph

@Suite("Keys")
struct WorkUnitKeyTests {
    func unit(name: String = "a", steps: Int64 = 1, path: String = "/x", ranks: ClosedRange<Int> = 1...1) -> WorkUnit {
        var resources = ResourceRequest()
        resources.ranks = ranks
        return WorkUnit(
            name: name, kind: "Train", kindVersion: 1, parameters: ["steps": .int(steps)], options: [:], inputs: [],
            sources: [SourceBinding(port: "data", path: path, digest: Digest(of: "content"), bytes: 7)], outputs: [],
            resources: resources, seed: nil, numericsVersion: 1, isDeterministic: true, estimate: WorkEstimate(),
            location: nil)
    }

    @Test("names, paths and ranks do not count, parameters do")
    func whatCounts() {
        #expect(unit().key == unit(name: "b", path: "/y", ranks: 1...4).key)
        #expect(unit().key != unit(steps: 2).key)
    }
}
