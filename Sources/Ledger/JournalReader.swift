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
        var status = RunStatus(rawValue: try run.required("status")) ?? .interrupted
        if status == .running, !directory.isLive { status = .interrupted }
        let started: Double = try run.required("started")
        let parameters: String = try run.required("parameters")
        var result = RunSummary(
            run: try run.required("name"), recipe: try run.required("recipe"),
            recipePath: try run.required("recipe_path"),
            status: status, started: started,
            finished: run.optional("finished_seconds", as: Double.self).map { started + $0 },
            parameters: try LedgerJSON.decode(
                [String: String].self, from: Array(parameters.utf8), path: directory.journal),
            seed: UInt64(bitPattern: try run.required("seed")), rankCount: try run.required("rank_count"))
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
            let position: Int = try row.required(0)
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
        let name: String = try row.required(1)
        let attempt: Int = try row.required(7)
        var state = UnitState(rawValue: try row.required(6)) ?? .pending
        if runIsOver && state == .running { state = .pending }
        return UnitOutcome(
            name: name, kind: try row.required(2), key: try keys(row.required(3)).first ?? Digest(of: [UInt8]()),
            state: state,
            attempt: attempt,
            ranks: Self.ranks(row.optional(8) ?? ""), startSeconds: row.optional(9), endSeconds: row.optional(10),
            predictedSeconds: row.optional(5), outputs: try outputs(row), figures: figures, cause: row.optional(11),
            reason: row.optional(12), parents: try keys(row.required(4)),
            logPath: attempt > 0 ? directory.logPath(name, attempt: attempt) : nil, progress: progress)
    }

    private func outputs(_ row: Row) throws -> [OutputRecord] {
        guard let bytes = row.optional(13, as: Data.self), let key = try keys(row.optional(14) ?? Data()).first else {
            return []
        }
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
            result[try row.required(0), default: [:]][try row.required(1)] = try row.required(2, as: Double.self)
        }
        return result
    }

    private func lastProgress() throws -> [Int: UnitProgress] {
        let rows = try Row.fetchAll(
            database, sql: "SELECT * FROM progress WHERE id IN (SELECT MAX(id) FROM progress GROUP BY position)")
        return Dictionary(
            try rows.map { (try $0.required("position", as: Int.self), try report($0)) }, uniquingKeysWith: { $1 })
    }

    private func report(_ row: Row) throws -> UnitProgress {
        let figures: String = try row.required("figures")
        return UnitProgress(
            completed: try row.required("completed"), total: try row.required("total"),
            figures: try LedgerJSON.decode([String: Double].self, from: Array(figures.utf8), path: directory.journal),
            atSeconds: try row.required("at"))
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
                unit: try row.required("unit"), attempt: try row.required("attempt"),
                session: try row.required("session"), ranks: Self.ranks(try row.required("ranks")),
                startSeconds: try row.required("started"), endSeconds: row.optional("ended"),
                outcome: row.optional("outcome"), cause: row.optional("cause"))
        }
    }
}
