import Observatory

extension HDF5Outline {
    /// Members of one group that are shown.
    private static let shownMembers = 60
    /// Characters of an attribute that are shown.
    private static let attributeLength = 88

    /// The tree as lines, a member each, attributes below their owner.
    var lines: [String] {
        var table = TextTable(
            ["object", "shape", "type", "chunks", "filters", "stored", "ratio"], numeric: [5, 6])
        // Attribute lines are as long as they like: they stand outside the table's columns.
        var extra: [Int: [String]] = [:]
        var rows = 0
        func show(_ node: HDF5Outline, indent: String) {
            table.append([indent + node.label] + node.cells)
            var below = node.attributes.map { indent + "  @\($0.name) \($0.text(length: Self.attributeLength))" }
            if let remark = node.remark { below.append(indent + "  ! \(remark)") }
            extra[rows] = below
            rows += 1
            for child in node.children.prefix(Self.shownMembers) { show(child, indent: indent + "  ") }
            let hidden = node.children.count - Self.shownMembers
            guard hidden > 0 else { return }
            table.append([indent + "  … and \(hidden) more"] + [String](repeating: "", count: 6))
            rows += 1
        }
        show(self, indent: "")
        var lines: [String] = []
        for (place, line) in table.lines().enumerated() {
            lines.append(line)
            lines += extra[place - 1] ?? []
        }
        return lines
    }

    private var label: String {
        let slash = kind == .group && name != "/" ? "/" : ""
        guard isFolded else { return name + slash }
        let count = siblings == mostSiblings ? "\(siblings)" : "\(siblings) to \(mostSiblings)"
        return "\(name) … \(lastName)\(slash) (\(count) alike)"
    }

    private var cells: [String] {
        guard kind == .dataset else { return [String](repeating: "", count: 4) + byteCells }
        let pipelines =
            filters.filter { $0 != "none" } + (filters.count > 1 && filters.contains("none") ? ["none"] : [])
        return [
            Self.range(shape, largestShape), element,
            chunk.map { Self.range($0, largestChunk ?? $0) } ?? "",
            pipelines.joined(separator: " or "),
        ] + byteCells
    }

    private var byteCells: [String] {
        guard kind != .other, storedBytes > 0 || rawBytes > 0 else { return ["", ""] }
        let ratio = storedBytes > 0 ? Double(rawBytes) / Double(storedBytes) : 0
        return [HumanText.bytes(storedBytes), ratio >= 1.05 ? HumanText.fixed(ratio, 1) + "×" : ""]
    }

    /// `[11…49, 96, 96, 3]`; `scalar` without axes.
    static func range(_ least: [Int], _ most: [Int]) -> String {
        if least.isEmpty { return "scalar" }
        return "[" + zip(least, most).map { $0 == $1 ? "\($0)" : "\($0)…\($1)" }.joined(separator: ", ") + "]"
    }
}
