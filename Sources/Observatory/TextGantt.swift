/// Who does what when, as lines of text: one lane per rank.
public enum TextGantt {
    /// Draws bars such as `[train=====]` on lanes, with an axis in seconds below.
    ///
    /// Bars of one lane that overlap get lines of their own. Equal rows give equal text.
    ///
    /// - Parameters:
    ///   - rows: what runs on which lane from when to when, in seconds from the start.
    ///   - width: columns of the whole drawing, at least 30.
    ///   - lane: what a lane is called.
    public static func render(
        rows: [(lane: Int, name: String, start: Double, end: Double)], width: Int, lane: String = "rank"
    ) -> String {
        guard let last = rows.map(\.end).max(), last > 0 else { return "" }
        let lanes = Set(rows.map(\.lane)).sorted()
        let label = lanes.map { "\(lane) \($0)".count }.max() ?? 0
        let room = max(30, width) - label - 3
        func column(_ time: Double) -> Int { min(room, max(0, Int((time / last * Double(room)).rounded()))) }

        var lines: [String] = []
        for laneIndex in lanes {
            let bars = rows.filter { $0.lane == laneIndex }.sorted {
                ($0.start, $0.end, $0.name) < ($1.start, $1.end, $1.name)
            }
            var tracks: [(end: Double, cells: [Character])] = []
            for bar in bars {
                // Bars that touch within rounding share a track.
                let slot = tracks.firstIndex { $0.end <= bar.start + 1e-9 }
                let index = slot ?? tracks.count
                if slot == nil { tracks.append((0, [Character](repeating: " ", count: room))) }
                tracks[index].end = bar.end
                let from = min(column(bar.start), room - 1)
                let to = max(from + 1, column(bar.end))
                for (offset, character) in self.bar(bar.name, width: to - from).enumerated() {
                    tracks[index].cells[from + offset] = character
                }
            }
            for (index, track) in tracks.enumerated() {
                let name = index == 0 ? "\(lane) \(laneIndex)" : ""
                lines.append(HumanText.fit(name, label) + " |" + String(track.cells) + "|")
            }
        }
        let end = HumanText.duration(last)
        let middle = HumanText.duration(last / 2)
        var axis = HumanText.fit("", label) + "  0"
        axis = HumanText.fit(axis, label + 2 + room / 2 - middle.count / 2) + middle
        axis = HumanText.fit(axis, max(axis.count + 1, label + 2 + room - end.count)) + end
        return (lines + [axis]).joined(separator: "\n")
    }

    private static func bar(_ name: String, width: Int) -> [Character] {
        if width == 1 { return ["|"] }
        let inside = width - 2
        let text = name.count <= inside ? name : inside >= 4 ? String(name.prefix(inside - 1)) + "…" : ""
        return ["["] + Array(text) + [Character](repeating: "=", count: inside - text.count) + ["]"]
    }
}
