import DurableFiles
import Episodes
import Foundation

/// Compares two tables of episodes by name: which came, which went, and which changed in which column.
enum SelectionComparison {
    /// The differences; `nil` unless both are such tables.
    static func differences(_ pair: FilePair) throws -> [Difference]? {
        guard max(pair.sizes.first, pair.sizes.second) <= 64 << 20,
            let first = try table(pair.first, pair.sizes.first),
            let second = try table(pair.second, pair.sizes.second)
        else { return nil }
        var found: [Difference] = []
        let rows = [first, second].map { table in
            Dictionary(table.episodes.map { ($0.id, $0) }, uniquingKeysWith: { one, _ in one })
        }
        func absence(_ id: String, _ table: EpisodeSelection) -> String {
            table.dropped.last { $0.id == id }.map { "dropped: \($0.reason): \($0.detail)" } ?? "absent"
        }
        for record in first.episodes {
            guard let other = rows[1][record.id] else {
                found.append(
                    Difference(place: "episode \(record.id)", first: "selected", second: absence(record.id, second)))
                continue
            }
            for (column, one, two) in zip3(columns(record), columns(other)) where one != two {
                found.append(Difference(place: "episode \(record.id), \(column)", first: one, second: two))
            }
        }
        for record in second.episodes where rows[0][record.id] == nil {
            found.append(
                Difference(place: "episode \(record.id)", first: absence(record.id, first), second: "selected"))
        }
        if first.streams != second.streams {
            found.append(Difference(place: "streams", first: streams(first), second: streams(second)))
        }
        return found
    }

    private static func table(_ file: ReadableFile, _ size: Int) throws -> EpisodeSelection? {
        let bytes = try file.read(at: 0, count: size)
        guard bytes.first == UInt8(ascii: "{"),
            let table = try? JSONDecoder().decode(EpisodeSelection.self, from: Data(bytes)),
            table.schema == EpisodeSelection.schemaName
        else { return nil }
        return table
    }

    private static func columns(_ record: EpisodeRecord) -> [(name: String, value: String)] {
        [
            ("length", "\(record.length)"), ("instruction", "'\(record.instruction)'"),
            ("success", record.success.map { "\($0)" } ?? "unknown"),
            ("filter keys", record.filterKeys.joined(separator: ", ")), ("flags", record.flags.joined(separator: "; ")),
            ("shard", "\(record.shard)"), ("bytes", "\(record.bytes)"),
        ]
    }

    private static func zip3(
        _ first: [(name: String, value: String)], _ second: [(name: String, value: String)]
    ) -> [(String, String, String)] {
        zip(first, second).map { ($0.name, $0.value, $1.value) }
    }

    private static func streams(_ table: EpisodeSelection) -> String {
        (table.streams.cameras.map(\.name) + table.streams.sensors.map { "\($0.name) (\($0.width))" }
            + ["\(table.streams.actionWidth) actions"]).joined(separator: ", ")
    }
}
