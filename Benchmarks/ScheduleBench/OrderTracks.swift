import Foundation
import Prediction
import Scheduling
import Sites

/// T1, T2, T2 with noise and T3: one workflow, one rank a unit.
struct OrderTracks {
    private let collection: TraceCollection

    init(_ collection: TraceCollection) { self.collection = collection }

    /// Reductions by policy, in the order in which policies were first seen.
    private struct Cases {
        var names: [String] = []
        var labels: [String] = []
        var values: [String: [Double]] = [:]
        mutating func add(_ policy: String, _ value: Double) {
            if values[policy] == nil { names.append(policy) }
            values[policy, default: []].append(value)
        }
    }

    private func print(_ track: String, _ cases: Cases, into table: inout ResultTable, reach: String = "") {
        for name in cases.names {
            table.reductions(
                track, name, cases.values[name] ?? [], cases: cases.labels,
                reach: name == SimulatedPolicy.criticalPath.rawValue ? reach : "")
        }
    }

    private func span(_ policy: SimulatedPolicy, _ work: Workload, _ site: Site, _ instance: Int, seed: UInt64 = 0)
        -> Double
    {
        policy.run(work, on: site, model: collection.models[instance], seed: seed).makespanSeconds
    }

    /// Airflow's order on any idle rank: the mean of three seeds.
    private func airflow(_ work: Workload, _ site: Site, _ instance: Int) -> Double {
        (0..<3).reduce(0) { $0 + span(.airflow, work, site, instance, seed: UInt64($1)) } / 3
    }

    private func compare(_ work: Workload, _ site: Site, _ instance: Int, into cases: inout Cases, against base: Double)
    {
        for policy in [SimulatedPolicy.fifo, .airflowFastest, .criticalPath, .oracle] {
            cases.add(policy.rawValue, 1 - span(policy, work, site, instance) / base)
        }
        let bound = LowerBound(workload: work, speeds: site.poolOfRank.map { site.pools[$0].speed })
        cases.add("limit", 1 - bound.seconds / base)
    }

    func identicalRanks(into table: inout ResultTable) throws {
        table.title("T1: identical ranks, P = 4, 8, 16, 32")
        var cases = Cases()
        var exact = 0
        var compared = 0
        for (instance, work) in collection.workloads.enumerated() {
            for ranks in [4, 8, 16, 32] {
                let site = Site.identical(ranks: ranks)
                let base = span(.airflow, work, site, instance)
                compare(work, site, instance, into: &cases, against: base)
                cases.labels.append("\(collection.traces[instance].name) on \(ranks)")
                for (policy, name) in [(SimulatedPolicy.fifo, "fifo"), (.airflow, "airflow"), (.oracle, "cp_oracle")] {
                    guard
                        let known = collection.reference["homo/\(collection.traces[instance].name)/\(ranks)/0/\(name)"]
                    else { continue }
                    compared += 1
                    if abs(span(policy, work, site, instance) - known) <= 5e-6 * known { exact += 1 }
                }
            }
        }
        table.figure("T1", "reference makespans reproduced, of \(compared)", Double(exact), "", reach: "\(compared)")
        print("T1", cases, into: &table, reach: "2.0 %, none under -3 %")
    }

    func mixedSpeeds(into table: inout ResultTable) {
        var all = Cases()
        var againstFastest: [Double] = []
        for ranks in [8, 16, 32] {
            table.title("T2: mixed speeds, P = \(ranks)")
            var cases = Cases()
            var againstReference: [Double] = []
            let site = Site.mixed(ranks: ranks)
            for (instance, work) in collection.workloads.enumerated() {
                let base = airflow(work, site, instance)
                compare(work, site, instance, into: &cases, against: base)
                cases.labels.append(collection.traces[instance].name)
                let ours = span(.criticalPath, work, site, instance)
                againstFastest.append(1 - ours / span(.airflowFastest, work, site, instance))
                if let known = collection.reference["hetero/\(collection.traces[instance].name)/\(ranks)/0/airflow"] {
                    againstReference.append(1 - ours / known)
                }
            }
            print("T2 P=\(ranks)", cases, into: &table, reach: ranks == 16 ? "27 %, at most 2 over 5 % worse" : "")
            if !againstReference.isEmpty {
                table.reductions("T2 P=\(ranks)", "critical-path, reference's Airflow", againstReference)
            }
            for name in cases.names { for value in cases.values[name] ?? [] { all.add(name, value) } }
        }
        table.title("T2: mixed speeds, P = 8, 16, 32 together")
        print("T2", all, into: &table, reach: "26 %")
        table.reductions("T2", "critical-path against airflow-fastest", againstFastest, reach: "10 %")
    }

    func mixedSpeedsWithNoise(into table: inout ResultTable) {
        table.title("T2 with log-normal noise 0.3, P = 16, up to 500 tasks, two seeds")
        var cases = Cases()
        let site = Site.mixed(ranks: 16)
        for instance in collection.upTo(500) {
            for seed in 0..<2 {
                let work = collection.workloads[instance].withNoise(sigma: 0.3, seed: UInt64(seed))
                compare(work, site, instance, into: &cases, against: airflow(work, site, instance))
                cases.labels.append("\(collection.traces[instance].name) seed \(seed)")
            }
        }
        print("T2n", cases, into: &table, reach: "28 %")
    }

    func transfers(into table: inout ResultTable) {
        table.title("T3: transfers, P = 16, up to 1,000 tasks")
        var cases = Cases()
        var againstReference: [Double] = []
        for instance in collection.upTo(1000) {
            let trace = collection.traces[instance]
            var site = Site.identical(ranks: 16)
            site.bytesPerSecond = trace.edgeBytes / (0.5 * trace.totalSeconds)
            let base = airflow(collection.workloads[instance], site, instance)
            compare(collection.workloads[instance], site, instance, into: &cases, against: base)
            cases.labels.append(trace.name)
            if let known = collection.reference["xfer/\(trace.name)/16/0/airflow"] {
                againstReference.append(1 - span(.criticalPath, collection.workloads[instance], site, instance) / known)
            }
        }
        print("T3", cases, into: &table, reach: "17 %")
        if !againstReference.isEmpty { table.reductions("T3", "critical-path, reference's Airflow", againstReference) }
    }
}
