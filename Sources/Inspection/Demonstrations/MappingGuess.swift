import HDF5

/// Guesses what the datasets of a file in no known layout are for, as a call of `Ingest` to paste and mend.
struct MappingGuess {
    /// A column with why it was guessed so.
    private struct Guess {
        let text: String
        let reason: String
    }

    private static let actionWords = ["action", "cmd", "command", "control", "ctrl"]
    private static let rewardWords = ["reward"]
    private static let textWords = ["lang", "instruction", "task", "prompt"]
    private static let flagNames = [
        "terminals", "timeouts", "terminations", "truncations", "dones", "done", "terminal", "is_last", "last",
    ]
    private static let idNames = ["episode_index", "episode_id", "episode", "episode_ids", "traj_id", "trajectory_id"]
    /// Streams that tell when, not what.
    private static let clockWords = ["time", "stamp", "index", "clock", "frame_id", "seq"]

    private let path: String
    private var boundary = Guess(text: ".file", reason: "every file is an episode")
    private var columns: [Guess] = []
    private var leftOut: [String] = []

    init(_ file: HDF5File) {
        path = file.path
        let all = DatasetPlace.all(in: file)
        guard !all.isEmpty else { return }
        let (prefix, members) = Self.members(all)
        if let prefix {
            let parent = prefix.split(separator: "/").dropLast().joined(separator: "/")
            boundary = Guess(
                text: ".groups(\(literal(parent.isEmpty ? "/" : parent)))",
                reason: "groups such as '\(prefix.dropFirst())' alike")
        }
        let action = Self.action(among: members)
        let rows = action?.shape.first ?? members.compactMap { $0.shape.count > 1 ? $0.shape.first : nil }.max() ?? 0
        if prefix == nil, let found = Self.boundary(members, rows: rows) { boundary = found }
        for member in members {
            guard let guess = Self.column(member, action: action?.path, rows: rows) else { continue }
            switch guess {
            case .success(let column): columns.append(column)
            case .failure(let reason): leftOut.append("\(member.path): \(reason.text)")
            }
        }
        let attributes = (try? prefix.map { try file.root.group(String($0.dropFirst())) } ?? file.root)?.attributes
        for name in (attributes?.names ?? []) where Self.has(name, Self.textWords) && attributes?.string(name) != nil {
            columns.append(Guess(text: ".instruction(\(literal(name)))", reason: "an attribute"))
        }
    }

    /// The call, a line each; empty when there is nothing to read.
    var lines: [String] {
        guard !columns.isEmpty else { return [] }
        var lines = [
            "Ingest(", "    \(literal(path)),", "    episodes: \(boundary.text),  // guess: \(boundary.reason)",
            "    columns: [",
        ]
        for column in columns { lines.append("        \(column.text),  // guess: \(column.reason)") }
        for text in leftOut { lines.append("        // left out: \(text)") }
        return lines + ["    ])"]
    }

    /// Datasets of one episode with paths below it: those of the first of several groups that are alike, or all.
    private static func members(_ all: [DatasetPlace]) -> (prefix: String?, members: [DatasetPlace]) {
        // Groups whose names differ by a number alone, the outermost first.
        var groups: [String: [String]] = [:]
        var order: [String] = []
        for place in all {
            let parts = place.path.split(separator: "/").map(String.init)
            for depth in 1..<max(1, parts.count) {
                let pattern = NamePattern(parts[depth - 1]).text
                guard pattern.contains("#") else { continue }
                let key = "\(depth) " + (parts[..<(depth - 1)] + [pattern]).joined(separator: "/")
                let prefix = "/" + parts[..<depth].joined(separator: "/")
                if groups[key] == nil { order.append(key) }
                if groups[key]?.last != prefix { groups[key, default: []].append(prefix) }
                break
            }
        }
        guard let key = order.first(where: { (groups[$0]?.count ?? 0) > 1 }), let first = groups[key]?.first else {
            return (
                nil, all.map { DatasetPlace(path: String($0.path.dropFirst()), shape: $0.shape, element: $0.element) }
            )
        }
        return (
            first,
            all.filter { $0.path.hasPrefix(first + "/") }.map {
                DatasetPlace(path: String($0.path.dropFirst(first.count + 1)), shape: $0.shape, element: $0.element)
            }
        )
    }

    private static func name(_ path: String) -> String {
        (path.split(separator: "/").last.map(String.init) ?? path).lowercased()
    }

    private static func has(_ path: String, _ words: [String]) -> Bool { words.contains { name(path).contains($0) } }

    /// The dataset named like actions, else the last narrow table of floats.
    private static func action(among members: [DatasetPlace]) -> DatasetPlace? {
        let tables = members.filter {
            $0.element.isNumeric && $0.shape.count == 2 && !$0.isPictures && $0.shape[1] <= 64
        }
        return tables.first { has($0.path, actionWords) } ?? tables.last
    }

    private static func boundary(_ members: [DatasetPlace], rows: Int) -> Guess? {
        if let ends = members.first(where: { name($0.path).hasSuffix("_ends") && $0.shape.count == 1 }) {
            return Guess(text: ".ends(\(literal(ends.path)))", reason: "by its name")
        }
        let flat = members.filter { $0.shape == [rows] && $0.element.isNumeric }
        if let ids = flat.first(where: { idNames.contains(name($0.path)) }) {
            return Guess(text: ".ids(\(literal(ids.path)))", reason: "by its name")
        }
        let flags = flat.filter { flagNames.contains(name($0.path)) }
        guard !flags.isEmpty else { return nil }
        return Guess(
            text: ".flags([" + flags.map { literal($0.path) }.joined(separator: ", ") + "])", reason: "by name")
    }

    private struct Reason: Error { let text: String }

    /// What a dataset is for; `nil` when it marks episodes.
    private static func column(_ place: DatasetPlace, action: String?, rows: Int) -> Result<Guess, Reason>? {
        let text = literal(place.path)
        let shape = "\(place.element) \(place.shape)"
        if place.shape.count == 4, !place.isPictures {
            return .failure(Reason(text: "\(shape) is not pictures of uint8"))
        }
        if place.isPictures && place.shape.count != 3 {
            let form = place.shape.count == 2 ? ", compressed?" : place.isChannelFirst ? ", channels first" : ""
            return .success(Guess(text: ".image(\(text))", reason: shape + form))
        }
        if place.path == action {
            return .success(
                Guess(
                    text: ".action(\(text))",
                    reason: shape + (has(place.path, actionWords) ? ", by its name" : ", is it?")))
        }
        guard place.element.isNumeric else {
            guard has(place.path, textWords) else { return .failure(Reason(text: shape)) }
            return .success(Guess(text: ".instruction(\(text))", reason: shape))
        }
        if place.shape.first != rows {
            if name(place.path).hasSuffix("_ends") { return nil }
            return .failure(Reason(text: "\(shape), another clock than \(rows) rows of actions"))
        }
        if idNames.contains(name(place.path)) || flagNames.contains(name(place.path)) { return nil }
        if has(place.path, rewardWords), place.shape.count == 1 {
            return .success(Guess(text: ".reward(\(text))", reason: shape))
        }
        if place.shape.count == 1, has(place.path, clockWords) {
            return .failure(Reason(text: "\(shape) tells the time"))
        }
        return .success(Guess(text: ".sensor(\(text))", reason: shape))
    }

    private func literal(_ text: String) -> String { Self.literal(text) }

    private static func literal(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
