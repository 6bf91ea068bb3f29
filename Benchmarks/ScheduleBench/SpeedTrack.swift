import Foundation
import Prediction
import Scheduling
import Sites

/// How long simulating takes.
struct SpeedTrack {
    func run(into table: inout ResultTable) {
        table.title("Time of the simulator: 10,000 units on 64 ranks")
        let count = 10_000
        for (shape, fanOut) in [("all ready at once", 10_000), ("100 layers", 100)] {
            let tasks = (0..<count).map { unit in
                WorkflowTrace.Task(
                    id: "\(unit)", kind: "k\(unit % 7)", seconds: 1 + Double((unit * 7919) % 97) / 10, inputBytes: 0,
                    reads: [])
            }
            let parents = (0..<count).map { unit in
                unit < fanOut ? [] : (0..<3).map { fanOut * (unit / fanOut - 1) + (unit * 31 + $0 * 17) % fanOut }
            }
            let work = Workload([
                WorkflowTrace(
                    name: "large", tasks: tasks, files: [],
                    precedence: Precedence(parents: parents.map { Array(Set($0)).sorted() }))
            ])
            for site in [Site.identical(ranks: 64), .mixed(ranks: 64)] {
                let kind = site.pools.count == 1 ? "identical" : "mixed"
                for policy in [SimulatedPolicy.airflow, .criticalPath, .oracle] {
                    let start = ProcessInfo.processInfo.systemUptime
                    let run = policy.run(work, on: site, model: DurationModel([]))
                    let seconds = ProcessInfo.processInfo.systemUptime - start
                    precondition(run.bars.count == count, "every unit runs")
                    table.figure("speed", "\(policy.rawValue), \(shape), \(kind) ranks", seconds, "s", reach: "1 s")
                    table.figure("speed", "  a decision", seconds / Double(count) * 1e6, "µs", reach: "50 µs")
                }
            }
        }
    }
}
