import Determinism
import Foundation
import GRDB

/// Writes journal entries inside one transaction with statements that SQLite has compiled once.
struct JournalWriter {
    private let session: Int64
    private let database: Database
    private var finish: BoundStatement

    init(_ database: Database, session: Int64) throws {
        self.database = database
        self.session = session
        finish = try BoundStatement(
            """
            UPDATE units SET state = 'ran', attempt = ?, ranks = ?, started = ?, ended = ?, session = ?, cause = NULL,
                outputs = COALESCE(?, outputs), stored_key = COALESCE(?, stored_key)
            WHERE position = ?
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
                try writeRan(position, attempt, ranks, start, end, outputs: Self.bytes(outputs), key: key.bytes)
                place += 2
            } else {
                try write(entries[place])
                place += 1
            }
        }
    }

    /// One attempt from its start to its end, which needs no row of its own beside the unit's.
    private mutating func writeRan(
        _ position: Int, _ attempt: Int, _ ranks: [Int], _ start: Double, _ end: Double, outputs: [UInt8]? = nil,
        key: [UInt8]? = nil
    ) throws {
        if attempt > 1 { try keepAttempt(of: position) }
        finish.bind(attempt)
        finish.bind(Self.text(ranks))
        finish.bind(start)
        finish.bind(end)
        finish.bind(Int(session))
        finish.bind(outputs)
        finish.bind(key)
        finish.bind(position)
        try finish.run()
    }

    /// Gives the attempt that is in a unit's row a row of its own, before another takes its place.
    private func keepAttempt(of position: Int) throws {
        try run(
            """
            INSERT INTO attempts (position, attempt, session, ranks, started, ended, outcome)
            SELECT position, attempt, session, ranks, started, ended, 'ran' FROM units
            WHERE position = ? AND session IS NOT NULL
            """, [position])
    }

    private mutating func write(_ entry: JournalEntry) throws {
        switch entry {
        case .units(let units): try insert(units)
        case .started(let position, let attempt, let ranks, let at):
            let text = Self.text(ranks)
            if attempt > 1 { try keepAttempt(of: position) }
            try run(
                """
                UPDATE units SET state = 'running', attempt = ?, ranks = ?, started = ?, ended = NULL, cause = NULL, session = NULL
                WHERE position = ?
                """,
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
        case .duplicated(let position, let attempt, let ranks, let at):
            try run(
                "INSERT INTO attempts (position, attempt, session, ranks, started) VALUES (?, ?, ?, ?, ?)",
                [position, attempt, session, Self.text(ranks), at])
        case .attemptEnded(let position, let attempt, let state, let at, let cause):
            try run(
                "UPDATE attempts SET ended = ?, outcome = ?, cause = ? WHERE position = ? AND attempt = ? AND outcome IS NULL",
                [at, state.rawValue, cause, position, attempt])
        case .tookOver(let position, let attempt, let ranks, let start):
            try run(
                "UPDATE units SET attempt = ?, ranks = ?, started = ? WHERE position = ?",
                [attempt, Self.text(ranks), start, position])
        case .ran(let position, let attempt, let ranks, let start, let end):
            try writeRan(position, attempt, ranks, start, end)
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
