import Determinism
import Foundation
import GRDB

/// Writes journal entries inside one transaction with statements that SQLite has compiled once.
struct JournalWriter {
    private let session: Int64
    private let database: Database

    init(_ database: Database, session: Int64) throws {
        self.database = database
        self.session = session
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

    private func writeFinished(
        _ position: Int, _ attempt: Int, _ ranks: String, _ start: Double, _ end: Double, _ outputs: [StoredOutput],
        _ key: Digest
    ) throws {
        try run(
            """
            UPDATE units SET state = 'ran', attempt = ?, ranks = ?, started = ?, ended = ?, outputs = ?, stored_key = ?
            WHERE position = ?
            """,
            [attempt, ranks, start, end, Self.encode(outputs), Self.encode([key]), position])
        try insertAttempt(position, attempt, ranks, start, end)
    }

    private func insertAttempt(_ position: Int, _ attempt: Int, _ ranks: String, _ start: Double, _ end: Double) throws
    {
        try run(
            "INSERT INTO attempts (position, attempt, session, ranks, started, ended, outcome) VALUES (?, ?, ?, ?, ?, ?, 'ran')",
            [position, attempt, session, ranks, start, end])
    }

    private mutating func write(_ entry: JournalEntry) throws {
        switch entry {
        case .units(let units): for (position, unit) in units.enumerated() { try insert(unit, position) }
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
                [Self.encode(outputs), Self.encode([key]), position])
        case .figure(let position, let name, let value):
            try run("INSERT OR REPLACE INTO figures VALUES (?, ?, ?)", [position, name, value.isFinite ? value : nil])
        case .progress(let position, let report):
            let figures = String(decoding: try LedgerJSON.encode(report.figures, pretty: false), as: UTF8.self)
            try run(
                "INSERT INTO progress (position, at, completed, total, figures) VALUES (?, ?, ?, ?, ?)",
                [position, report.atSeconds, report.completed, report.total, figures])
        case .status(let status, let at):
            try run(
                "UPDATE run SET status = ?, finished_seconds = ?", [status.rawValue, status == .running ? nil : at])
        }
    }

    private func insert(_ unit: UnitOutcome, _ position: Int) throws {
        try run(
            """
            INSERT INTO units (position, name, kind, key, parents, predicted, state, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (position) DO UPDATE SET predicted = excluded.predicted, reason = COALESCE(reason, excluded.reason)
            """,
            [
                position, unit.name, unit.kind, Self.encode([unit.key]), Self.encode(unit.parents),
                unit.predictedSeconds, unit.state.rawValue, unit.reason,
            ])
    }

    static func text(_ ranks: [Int]) -> String {
        ranks.count == 1 ? String(ranks[0]) : ranks.map(String.init).joined(separator: " ")
    }

    static func encode(_ keys: [Digest]) -> Data {
        var writer = BinaryWriter()
        for key in keys { writer.append(key) }
        return Data(writer.bytes)
    }

    static func encode(_ outputs: [StoredOutput]) -> Data {
        var writer = BinaryWriter()
        for output in outputs {
            writer.append(output.name)
            writer.append(output.digest)
            writer.append(output.bytes)
        }
        return Data(writer.bytes)
    }
}
