import Determinism
import Foundation
import GRDB

/// Writes journal entries inside one transaction with statements that SQLite has compiled once.
struct JournalWriter {
    private let session: Int64
    private let database: Database
    private var finish: BoundStatement
    private var attempted: BoundStatement

    init(_ database: Database, session: Int64) throws {
        self.database = database
        self.session = session
        finish = try BoundStatement(
            """
            UPDATE units SET state = 'ran', attempt = ?, ranks = ?, started = ?, ended = ?, outputs = ?, stored_key = ?
            WHERE position = ?
            """, database)
        attempted = try BoundStatement(
            """
            INSERT INTO attempts (position, attempt, session, ranks, started, ended, outcome)
            VALUES (?, ?, ?, ?, ?, ?, 'ran')
            """, database)
    }

    private func run(_ sql: String, _ arguments: StatementArguments) throws {
        let statement = try database.cachedStatement(sql: sql)
        statement.setUncheckedArguments(arguments)
        try statement.execute()
    }

    /// Writes entries in order; a unit that ran and its outputs, told one after the other, are one change of its row.
    mutating func write(_ entries: [JournalEntry]) throws {
        var place = 0
        while place < entries.count {
            if place + 1 < entries.count,
                case .ran(let position, let attempt, let ranks, let start, let end) = entries[place],
                case .outputs(position, let outputs, let key) = entries[place + 1]
            {
                try writeFinished(position, attempt, Self.text(ranks), start, end, outputs, key)
                place += 2
            } else {
                try write(entries[place])
                place += 1
            }
        }
    }

    private mutating func writeFinished(
        _ position: Int, _ attempt: Int, _ ranks: String, _ start: Double, _ end: Double, _ outputs: [StoredOutput],
        _ key: Digest
    ) throws {
        finish.bind(attempt)
        finish.bind(ranks)
        finish.bind(start)
        finish.bind(end)
        finish.bind(Self.bytes(outputs))
        finish.bind(key.bytes)
        finish.bind(position)
        try finish.run()
        try insertAttempt(position, attempt, ranks, start, end)
    }

    private mutating func insertAttempt(
        _ position: Int, _ attempt: Int, _ ranks: String, _ start: Double, _ end: Double
    ) throws {
        attempted.bind(position)
        attempted.bind(attempt)
        attempted.bind(Int(session))
        attempted.bind(ranks)
        attempted.bind(start)
        attempted.bind(end)
        try attempted.run()
    }

    private mutating func write(_ entry: JournalEntry) throws {
        switch entry {
        case .units(let units): try insert(units)
        case .started(let position, let attempt, let ranks, let at):
            let text = Self.text(ranks)
            try run(
                "UPDATE units SET state = 'running', attempt = ?, ranks = ?, started = ?, ended = NULL, cause = NULL WHERE position = ?",
                [attempt, text, at, position])
            try run(
                "INSERT INTO attempts (position, attempt, session, ranks, started) VALUES (?, ?, ?, ?, ?)",
                [position, attempt, session, text, at])
        case .ended(let position, let state, let at, let cause):
            try run(
                "UPDATE units SET state = ?, ended = ?, cause = ? WHERE position = ?",
                [state.rawValue, at, cause, position])
            try run(
                "UPDATE attempts SET ended = ?, outcome = ?, cause = ? WHERE position = ? AND outcome IS NULL",
                [at, state.rawValue, cause, position])
        case .ran(let position, let attempt, let ranks, let start, let end):
            let text = Self.text(ranks)
            try run(
                "UPDATE units SET state = 'ran', attempt = ?, ranks = ?, started = ?, ended = ? WHERE position = ?",
                [attempt, text, start, end, position])
            try insertAttempt(position, attempt, text, start, end)
        case .reused(let position, let reason, let at):
            try run(
                "UPDATE units SET state = 'reused', reason = COALESCE(?, reason), started = ?, ended = ? WHERE position = ? AND state <> 'ran'",
                [reason, at, at, position])
        case .skipped(let position, let cause):
            try run("UPDATE units SET state = 'skipped', cause = ? WHERE position = ?", [cause, position])
        case .outputs(let position, let outputs, let key):
            try run(
                "UPDATE units SET outputs = ?, stored_key = ? WHERE position = ?",
                [Data(Self.bytes(outputs)), Data(key.bytes), position])
        case .figure(let position, let name, let value):
            try run("INSERT OR REPLACE INTO figures VALUES (?, ?, ?)", [position, name, value.isFinite ? value : nil])
        case .progress(let position, let report):
            let figures = String(decoding: try LedgerJSON.encode(report.figures, pretty: false), as: UTF8.self)
            try run(
                "INSERT INTO progress (position, at, completed, total, figures) VALUES (?, ?, ?, ?, ?)",
                [position, report.atSeconds, report.completed, report.total, figures])
        case .notice(let text, let at): try run("INSERT INTO notices (at, text) VALUES (?, ?)", [at, text])
        case .status(let status, let at):
            try run(
                "UPDATE run SET status = ?, finished_seconds = ?", [status.rawValue, status == .running ? nil : at])
        }
    }

    private func insert(_ units: [UnitOutcome]) throws {
        var statement = try BoundStatement(
            """
            INSERT INTO units (position, name, kind, key, parents, predicted, state, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (position) DO UPDATE SET predicted = excluded.predicted, reason = COALESCE(reason, excluded.reason)
            """, database)
        for (position, unit) in units.enumerated() {
            statement.bind(position)
            statement.bind(unit.name)
            statement.bind(unit.kind)
            statement.bind(unit.key.bytes)
            statement.bind(Self.bytes(unit.parents))
            statement.bind(unit.predictedSeconds)
            statement.bind(unit.state.rawValue)
            statement.bind(unit.reason)
            try statement.run()
        }
    }

    static func text(_ ranks: [Int]) -> String {
        ranks.count == 1 ? String(ranks[0]) : ranks.map(String.init).joined(separator: " ")
    }

    static func bytes(_ keys: [Digest]) -> [UInt8] {
        var writer = BinaryWriter()
        writer.reserve(keys.count * 32)
        for key in keys { writer.append(key) }
        return writer.bytes
    }

    static func bytes(_ outputs: [StoredOutput]) -> [UInt8] {
        var writer = BinaryWriter()
        writer.reserve(outputs.count * 64)
        for output in outputs {
            writer.append(output.name)
            writer.append(output.digest)
            writer.append(output.bytes)
        }
        return writer.bytes
    }
}
