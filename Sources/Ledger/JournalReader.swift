import Determinism
import DurableFiles
import Foundation
import GRDB

/// Turns the tables of a journal into values.
struct JournalReader {
    let database: Database
    let directory: RunDirectory

    func summary() throws -> RunSummary {
        guard let run = try Row.fetchOne(database, sql: "SELECT * FROM run") else {
            throw LedgerError.damaged(directory.journal, "it names no run")
        }
        var status = RunStatus(rawValue: run["status"]) ?? .interrupted
        if status == .running, !directory.isLive { status = .interrupted }
        let started: Double = run["started"]
        let parameters: String = run["parameters"]
        var result = RunSummary(
            run: run["name"], recipe: run["recipe"], recipePath: run["recipe_path"], status: status, started: started,
            finished: (run["finished_seconds"] as Double?).map { started + $0 },
            parameters: try LedgerJSON.decode(
                [String: String].self, from: Array(parameters.utf8), path: directory.journal),
            seed: UInt64(bitPattern: run["seed"] as Int64), rankCount: run["rank_count"])
        let figures = try figures()
        let progress = try lastProgress()
        // Columns by number: by name they cost more than the query.
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT position, name, kind, key, parents, predicted, state, attempt, ranks, started, ended, cause, reason,
                    outputs, stored_key
                FROM units ORDER BY position
                """)
        while let row = try rows.next() {
            let position: Int = row[0]
            result.units.append(
                try outcome(
                    row, figures: figures[position] ?? [:], progress: progress[position], runIsOver: status != .running)
            )
        }
        return result
    }

    private func outcome(_ row: Row, figures: [String: Double], progress: UnitProgress?, runIsOver: Bool) throws
        -> UnitOutcome
    {
        let name: String = row[1]
        let attempt: Int = row[7]
        var state = UnitState(rawValue: row[6]) ?? .pending
        if runIsOver && state == .running { state = .pending }
        return UnitOutcome(
            name: name, kind: row[2], key: try keys(row[3]).first ?? Digest(of: [UInt8]()), state: state,
            attempt: attempt,
            ranks: Self.ranks(row[8]), startSeconds: row[9], endSeconds: row[10],
            predictedSeconds: row[5], outputs: try outputs(row), figures: figures, cause: row[11],
            reason: row[12], parents: try keys(row[4]),
            logPath: attempt > 0 ? directory.logPath(name, attempt: attempt) : nil, progress: progress)
    }

    private func outputs(_ row: Row) throws -> [OutputRecord] {
        guard let bytes: Data = row[13], let key = try keys(row[14] ?? Data()).first else { return [] }
        let folder = directory.layout.artifact(key)
        // Small artifacts have no folder; their files are written out on demand.
        let base = DurableFiles.isDirectory(folder) ? folder + "/outputs" : directory.layout.materialized(key)
        var reader = BinaryReader(Array(bytes)[...])
        var result: [OutputRecord] = []
        while !reader.isAtEnd {
            let name = try reader.text()
            result.append(
                OutputRecord(name: name, digest: try reader.digest(), path: base + "/" + name, bytes: try reader.int()))
        }
        return result
    }

    private func keys(_ bytes: Data) throws -> [Digest] {
        var reader = BinaryReader(Array(bytes)[...])
        var result: [Digest] = []
        while !reader.isAtEnd { result.append(try reader.digest()) }
        return result
    }

    static func ranks(_ text: String) -> [Int] { text.split(separator: " ").compactMap { Int($0) } }

    private func figures() throws -> [Int: [String: Double]] {
        var result: [Int: [String: Double]] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT position, name, value FROM figures") {
            result[row[0], default: [:]][row[1]] = row[2] as Double
        }
        return result
    }

    private func lastProgress() throws -> [Int: UnitProgress] {
        let rows = try Row.fetchAll(
            database, sql: "SELECT * FROM progress WHERE id IN (SELECT MAX(id) FROM progress GROUP BY position)")
        return Dictionary(uniqueKeysWithValues: try rows.map { ($0["position"] as Int, try report($0)) })
    }

    private func report(_ row: Row) throws -> UnitProgress {
        let figures: String = row["figures"]
        return UnitProgress(
            completed: row["completed"], total: row["total"],
            figures: try LedgerJSON.decode([String: Double].self, from: Array(figures.utf8), path: directory.journal),
            atSeconds: row["at"])
    }

    func progress(of unit: String) throws -> [UnitProgress] {
        try Row.fetchAll(
            database,
            sql: "SELECT * FROM progress WHERE position = (SELECT position FROM units WHERE name = ?) ORDER BY id",
            arguments: [unit]
        ).map(report)
    }

    func attempts() throws -> [AttemptRecord] {
        // The attempt of a unit that ran at its first and only try is in the unit's row, except in journals of schema 1.
        let inUnits =
            try database.columns(in: "units").contains { $0.name == "session" }
            ? "UNION ALL SELECT position, attempt, session, ranks, started, ended, 'ran', NULL FROM units WHERE session IS NOT NULL"
            : ""
        let sql = """
            SELECT every.*, units.name AS unit FROM (
                SELECT position, attempt, session, ranks, started, ended, outcome, cause FROM attempts \(inUnits)
            ) AS every JOIN units USING (position) ORDER BY every.session, every.started, position, every.attempt
            """
        return try Row.fetchAll(database, sql: sql).map { row in
            AttemptRecord(
                unit: row["unit"], attempt: row["attempt"], session: row["session"], ranks: Self.ranks(row["ranks"]),
                startSeconds: row["started"], endSeconds: row["ended"], outcome: row["outcome"], cause: row["cause"])
        }
    }
}
