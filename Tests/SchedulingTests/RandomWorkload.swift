import Scheduling
import TestSupport

extension WorkflowTrace {
    /// A random workflow: units in random order of the file, edges from earlier to later in another.
    static func random(seed: UInt64, most: Int = 40, edges: Double = 0.15) -> WorkflowTrace {
        var random = SplitMix(state: seed)
        let count = Int.random(in: 1...most, using: &random)
        let places = Array(0..<count).shuffled(using: &random)
        var parents = [[Int]](repeating: [], count: count)
        for later in 0..<count {
            for earlier in 0..<later where Double.random(in: 0..<1, using: &random) < edges {
                parents[places[later]].append(places[earlier])
            }
        }
        let files = (0..<count).map { File(bytes: Double.random(in: 0...100, using: &random), producer: $0) }
        let tasks = (0..<count).map { task in
            Task(
                id: "t\(task)", kind: "k\(task % 3)", seconds: Double(Int.random(in: 1...20, using: &random)),
                inputBytes: parents[task].reduce(0) { $0 + files[$1].bytes }, reads: parents[task])
        }
        return WorkflowTrace(
            name: "random-\(seed)", tasks: tasks, files: files, precedence: Precedence(parents: parents))
    }
}
