import Observatory

/// What policies did on traces; also the JSON form of `simulate`.
struct SimulationReport: Encodable {
    /// One trace under one policy.
    struct Row: Encodable {
        let trace: String
        let site: String
        let policy: String
        let units: Int
        let makespanSeconds: Double
        /// No schedule is shorter; `nil` for a stream, whose units do not arrive together.
        let boundSeconds: Double?
        let boundReason: String?
        /// Of a stream: mean seconds from the arrival of a trace to its end.
        let meanResponseSeconds: Double?
        /// Of a stream: mean of that time over the time alone on the ranks.
        let meanSlowdown: Double?
        /// Part of all ranks' time in which they ran units.
        let busyShare: Double
        /// Money; `nil` when no pool has a price.
        let cost: Double?
        let interruptions: Int
        /// Whether the deadline was missed; `nil` without one.
        let missed: Bool?
    }

    let schema = 1
    private(set) var rows: [Row] = []

    mutating func append(_ row: Row) { rows.append(row) }

    private enum CodingKeys: String, CodingKey { case schema, rows }

    /// A table for people.
    var lines: [String] {
        var table = TextTable(
            [
                "trace", "on", "policy", "makespan", "of bound", "", "mean response", "slowdown", "busy", "price",
                "late",
            ],
            numeric: [3, 4, 6, 7, 8, 9])
        for row in rows {
            table.append([
                row.trace, row.site, row.policy, HumanText.duration(row.makespanSeconds),
                row.boundSeconds.map { $0 > 0 ? HumanText.fixed(row.makespanSeconds / $0, 3) + " ×" : "" } ?? "",
                row.boundReason ?? "", row.meanResponseSeconds.map { HumanText.duration($0) } ?? "",
                row.meanSlowdown.map { HumanText.fixed($0, 2) } ?? "", HumanText.fixed(100 * row.busyShare, 0) + " %",
                row.cost.map { HumanText.fixed($0, 2) } ?? "", row.missed.map { $0 ? "late" : "" } ?? "",
            ])
        }
        return table.withoutEmptyColumns.lines()
    }
}
