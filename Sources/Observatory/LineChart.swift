/// Curves over one axis as inline SVG.
struct LineChart {
    /// One curve; points in order of x.
    struct Series {
        var name: String
        var points: [(x: Double, y: Double)]
        /// Drawn broken, for what is compared with.
        var isDashed = false
        /// Colour of the curve; by position when absent, so that two curves can share one.
        var color: Int?
    }

    var title: String
    var xLabel: String
    var series: [Series]
    var width = 520.0
    var height = 240.0

    /// Most points drawn of a curve; longer ones are averaged in runs.
    private static let pointLimit = 400

    var svg: HTML {
        let drawn = series.map { Self.thinned($0) }.filter { !$0.points.isEmpty }
        let points = drawn.flatMap(\.points)
        guard let x0 = points.map(\.x).min(), let x1 = points.map(\.x).max(), let low = points.map(\.y).min(),
            let high = points.map(\.y).max()
        else { return "" }
        let yTicks = Self.ticks(low, high, count: 5)
        let y0 = min(low, yTicks.first ?? low)
        let y1 = max(high, yTicks.last ?? high)
        let (left, right, top, bottom) = (52.0, 12.0, 12.0, 34.0)
        func px(_ x: Double) -> Double { left + (x1 > x0 ? (x - x0) / (x1 - x0) : 0.5) * (width - left - right) }
        func py(_ y: Double) -> Double { top + (1 - (y1 > y0 ? (y - y0) / (y1 - y0) : 0.5)) * (height - top - bottom) }

        var parts: [HTML] = []
        for tick in yTicks {
            parts.append(
                """
                <line class="grid" x1="\(left)" x2="\(width - right)" y1="\(py(tick))" y2="\(py(tick))"/>\
                <text class="tick" x="\(left - 6)" y="\(py(tick) + 4)" text-anchor="end">\(HumanText.number(tick))</text>
                """)
        }
        for tick in Self.ticks(x0, x1, count: 6) where tick >= x0 && tick <= x1 {
            parts.append(
                """
                <text class="tick" x="\(px(tick))" y="\(height - bottom + 16)" text-anchor="middle">\
                \(HumanText.number(tick))</text>
                """)
        }
        parts.append(
            "<text class=\"tick\" x=\"\(width - right)\" y=\"\(height - 4)\" text-anchor=\"end\">\(xLabel)</text>")
        for (index, curve) in drawn.enumerated() {
            let path = curve.points.map { "\(HumanText.fixed(px($0.x), 1)),\(HumanText.fixed(py($0.y), 1))" }
            let style = curve.isDashed ? " dashed" : ""
            if path.count == 1, let point = curve.points.first {
                parts.append(
                    "<circle class=\"dot s\((curve.color ?? index) % 8)\" cx=\"\(px(point.x))\" cy=\"\(py(point.y))\" r=\"3\"/>"
                )
            } else {
                parts.append(
                    "<polyline class=\"curve s\((curve.color ?? index) % 8)\(style)\" points=\"\(path.joined(separator: " "))\"/>"
                )
            }
        }
        let legend = drawn.enumerated().map { index, curve -> HTML in
            let last = curve.points.last.map { HumanText.number($0.y) } ?? ""
            return "<span><i class=\"key s\((curve.color ?? index) % 8)\"></i>\(curve.name) <b>\(last)</b></span>"
        }
        return """
            <figure class="chart"><figcaption>\(title)</figcaption>
            <svg viewBox="0 0 \(width) \(height)" role="img"><title>\(title)</title>\(HTML.join(parts))</svg>
            <div class="legend">\(HTML.join(legend))</div></figure>
            """
    }

    private static func thinned(_ series: Series) -> Series {
        var result = series
        result.points = series.points.filter { $0.x.isFinite && $0.y.isFinite }
        guard result.points.count > pointLimit else { return result }
        let run = (result.points.count + pointLimit - 1) / pointLimit
        result.points = stride(from: 0, to: result.points.count, by: run).map { start in
            let part = result.points[start..<min(start + run, result.points.count)]
            let count = Double(part.count)
            return (part.reduce(0) { $0 + $1.x } / count, part.reduce(0) { $0 + $1.y } / count)
        }
        return result
    }

    /// Round numbers that enclose `low...high`.
    static func ticks(_ low: Double, _ high: Double, count: Int) -> [Double] {
        guard low.isFinite, high.isFinite else { return [] }
        let span = max(high - low, abs(high) * 1e-6, 1e-9)
        var step = 1.0
        while step > span / Double(count) { step /= 10 }
        while step * 10 <= span / Double(count) { step *= 10 }
        for factor in [10.0, 5, 2] where span / (step * factor) >= Double(count) - 2 {
            step *= factor
            break
        }
        let first = (low / step).rounded(.down)
        let last = (high / step).rounded(.up)
        guard last - first < 50 else { return [low, high] }
        return stride(from: first, through: last, by: 1).map { $0 * step }
    }
}
