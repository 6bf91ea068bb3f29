import Foundation
import Pictures
import Prediction
import Scheduling
import Sites
import TestSupport
import Testing

@Suite(
    "Reference makespans",
    .enabled(if: SharedTraces.path != nil, "the recorded workflows are not beside the checkout (../shared/traces/wf)"))
struct ReferenceMakespanTests {
    @Test(
        "FIFO, Airflow's order and the critical path with true durations, on 4 to 32 ranks, are those of the reference simulator"
    )
    func identicalRanks() throws {
        let folder = try #require(SharedTraces.path)
        let table = try String(contentsOfFile: folder + "/baseline_results.csv", encoding: .utf8)
        var cases = 0
        var traces: [String: Workload] = [:]
        for line in table.split(separator: "\n") {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard fields[0] == "homo", ["fifo", "airflow", "cp_oracle"].contains(fields[7]) else { continue }
            let (name, ranks) = (fields[2], try #require(Int(fields[5])))
            if traces[name] == nil {
                let file = URL(fileURLWithPath: "\(folder)/\(name).json.gz")
                let bytes = try Gzip.expand([UInt8](Data(contentsOf: file)))
                traces[name] = Workload([try WfFormat.decode(Data(bytes), name: name)])
            }
            let work = try #require(traces[name])
            let policy: SimulatedPolicy = fields[7] == "cp_oracle" ? .oracle : fields[7] == "fifo" ? .fifo : .airflow
            let run = policy.run(work, on: .identical(ranks: ranks), model: DurationModel([]))
            // The table has six digits.
            let wanted = try #require(Double(fields[8]))
            #expect(abs(run.makespanSeconds - wanted) <= 5e-6 * wanted, "\(name) on \(ranks) ranks, \(policy)")
            cases += 1
        }
        #expect(cases == 432)
    }
}
