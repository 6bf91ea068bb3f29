import Observatory

/// Named facts, one a line, the names in a column of their own.
struct FactList {
    private var facts: [(name: String, value: String)] = []

    /// Appends a fact.
    mutating func add(_ name: String, _ value: String) { facts.append((name, value)) }

    /// Appends a fact when there is a value.
    mutating func add(_ name: String, _ value: String?) {
        if let value { facts.append((name, value)) }
    }

    /// The lines; a name that repeats the one before is left out.
    var lines: [String] {
        let width = facts.map(\.name.count).max() ?? 0
        var last = ""
        return facts.map { fact in
            let name = fact.name == last ? "" : fact.name
            last = fact.name
            let line = name + String(repeating: " ", count: width - name.count + 2) + fact.value
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }
}

extension String {
    /// The text in one line, runs of blanks as one, of at most `length` characters.
    func shortened(to length: Int) -> String {
        HumanText.cut(split(whereSeparator: \.isWhitespace).joined(separator: " "), length)
    }
}

/// `1 episode`, `2 episodes`.
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)" + (count == 1 ? "" : "s") }
