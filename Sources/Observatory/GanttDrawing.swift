import Ledger

/// What every rank did when, as inline SVG: one lane per rank, one colour per kind.
struct GanttDrawing {
    private static let width = 1040.0
    private static let laneHeight = 30.0

    let summary: RunSummary

    var svg: HTML {
        let ran = summary.units.filter { $0.startSeconds != nil && !$0.ranks.isEmpty }
        let spans = ran.map { unit -> (unit: UnitOutcome, start: Double, end: Double) in
            let start = unit.startSeconds ?? 0
            return (unit, start, max(start, unit.endSeconds ?? start))
        }
        guard let end = spans.map(\.end).max(), end > 0 else { return "<p class=\"note\">Nothing ran.</p>" }
        // The kinds that take longest come first, so that they get colours of their own.
        var busy: [String: Double] = [:]
        for span in spans {
            busy[span.unit.kind, default: 0] += (span.end - span.start) * Double(span.unit.ranks.count)
        }
        let kinds = busy.sorted { (-$0.value, $0.key) < (-$1.value, $1.key) }.map(\.key)
        let lanes = Set(ran.flatMap(\.ranks)).sorted()
        let left = 62.0
        let height = Double(lanes.count) * Self.laneHeight + 34
        func x(_ seconds: Double) -> Double { left + seconds / end * (Self.width - left - 12) }
        var parts: [HTML] = []
        for tick in LineChart.ticks(0, end, count: 8) where tick <= end {
            parts.append(
                """
                <line class="grid" x1="\(x(tick))" x2="\(x(tick))" y1="4" y2="\(height - 26)"/>\
                <text class="tick" x="\(x(tick))" y="\(height - 8)" text-anchor="middle">\(HumanText.duration(tick))</text>
                """)
        }
        for (row, lane) in lanes.enumerated() {
            let y = Double(row) * Self.laneHeight + 6
            parts.append(
                "<text class=\"tick\" x=\"\(left - 8)\" y=\"\(y + 16)\" text-anchor=\"end\">rank \(lane)</text>")
            for span in spans where span.unit.ranks.contains(lane) {
                let from = x(span.start)
                let wide = max(1.5, x(span.end) - from)
                let color = (kinds.firstIndex(of: span.unit.kind) ?? 0) % 8
                let tip = "\(span.unit.name): \(HumanText.duration(span.end - span.start))"
                let label: HTML
                if Double(span.unit.name.count) * 6.6 + 8 < wide {
                    label = "<text class=\"bar\" x=\"\(from + 5)\" y=\"\(y + 16)\">\(span.unit.name)</text>"
                } else {
                    label = ""
                }
                parts.append(
                    """
                    <g><title>\(tip)</title><rect class="block s\(color)" x="\(from)" y="\(y)" width="\(wide)" \
                    height="\(Self.laneHeight - 8)" rx="3"/>\(label)</g>
                    """)
            }
        }
        let legend = kinds.enumerated().map { index, kind -> HTML in
            "<span><i class=\"key s\(index % 8)\"></i>\(kind)</span>"
        }
        return """
            <div class="scroll"><svg class="gantt" viewBox="0 0 \(Self.width) \(height)" role="img">\
            <title>Ranks over time</title>\(HTML.join(parts))</svg></div>
            <div class="legend">\(HTML.join(legend))</div>
            """
    }
}
