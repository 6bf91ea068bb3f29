import Determinism
import Scheduling
import Sites

/// T4: units that may use several ranks.
struct GangTrack {
    private let collection: TraceCollection

    init(_ collection: TraceCollection) { self.collection = collection }

    /// The first 6 bytes of SHA-256 as a fraction.
    private func fraction(_ text: String) -> Double {
        Double(Digest(of: text).bytes.prefix(6).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }) * 0x1p-48
    }

    private func withGangs(_ work: Workload) -> Workload {
        var byKind: [String: Double] = [:]
        for unit in 0..<work.count { byKind[work.kinds[unit], default: 0] += work.seconds[unit] }
        let total = work.seconds.reduce(0, +)
        var wide = work
        wide.gangs = work.kinds.map { kind in
            guard (byKind[kind] ?? 0) >= 0.05 * total else { return Workload.Gang() }
            return Workload.Gang(
                maximumRanks: [1, 2, 4, 8][min(3, Int(4 * fraction(kind + "/k")))],
                serialShare: 0.02 + 0.18 * fraction(kind + "/f"))
        }
        return wide
    }

    func run(into table: inout ResultTable) {
        for ranks in [8, 16] {
            table.title("T4: moldable gangs, P = \(ranks), up to 1,000 tasks")
            var learned: [Double] = []
            var oracle: [Double] = []
            var limit: [Double] = []
            var labels: [String] = []
            var same = 0
            for instance in collection.upTo(1000) {
                let work = withGangs(collection.workloads[instance])
                let site = Site.identical(ranks: ranks)
                var airflow = FixedGangDispatcher(work, policy: AirflowPolicy())
                let base = Simulator.run(work, on: site, dispatcher: &airflow).makespanSeconds
                if let known = collection.reference["gang/\(collection.traces[instance].name)/\(ranks)/0/airflow"],
                    abs(known - base) <= 5e-6 * known
                {
                    same += 1
                }
                var ours = GangDispatcher(
                    work, ranks: ranks, estimates: LearnedDurations(work, model: collection.models[instance]))
                learned.append(1 - Simulator.run(work, on: site, dispatcher: &ours).makespanSeconds / base)
                var best = GangDispatcher(work, ranks: ranks, estimates: KnownDurations(work.seconds))
                oracle.append(1 - Simulator.run(work, on: site, dispatcher: &best).makespanSeconds / base)
                limit.append(
                    1 - LowerBound(workload: work, speeds: Array(repeating: 1, count: ranks)).seconds / base)
                labels.append(collection.traces[instance].name)
            }
            table.figure("T4 P=\(ranks)", "reference's Airflow reproduced, of \(labels.count)", Double(same), "")
            table.reductions(
                "T4 P=\(ranks)", "moldable, predicted", learned, cases: labels, reach: ranks == 8 ? "10 %" : "6 %")
            table.reductions("T4 P=\(ranks)", "moldable, oracle", oracle, cases: labels)
            table.reductions("T4 P=\(ranks)", "limit", limit)
        }
    }
}
