import Foundation
import Ledger

/// Where the time of a training's ranks went, a bar for each rank: what a unit leaves as `profile.json` beside its log.
struct TimeBars: Decodable {
    struct Rank: Decodable {
        let seconds: Double
        let parts: [String: Double]
    }

    let steps: Int
    let threads: Int
    let operations: Double
    let peakOperationsPerSecond: Double
    let ranks: [Rank]

    /// The parts in the order of the bars; others follow by name.
    private static let order = [
        "matmul", "attention", "elementwise", "exchange", "optimizer", "data", "checkpoint", "idle", "other",
    ]
    private static let rankLimit = 64
    private static let bytes = 4 << 20

    /// The profile beside the log of a unit's last attempt; `nil` when there is none.
    static func read(beside unit: UnitOutcome) -> TimeBars? {
        guard let log = unit.logPath, log.hasSuffix(".out"),
            let data = FileManager.default.contents(atPath: log.dropLast(3) + "profile.json"), data.count <= bytes,
            let bars = try? JSONDecoder().decode(TimeBars.self, from: data), !bars.ranks.isEmpty,
            bars.ranks.allSatisfy({ $0.seconds > 0 && $0.seconds.isFinite && $0.parts.values.allSatisfy(\.isFinite) })
        else { return nil }
        return bars
    }

    /// Names of all parts as they are drawn, and their colours.
    private var names: [(color: Int, name: String)] {
        let known = Set(ranks.flatMap(\.parts.keys))
        let ordered = Self.order.enumerated().map { (color: $0, name: $1) }.filter { known.contains($0.name) }
        return ordered + known.subtracting(Self.order).sorted().map { (Self.order.count - 1, $0) }
    }

    /// The share of the peak, where that is known.
    private var utilization: Double? {
        let seconds = ranks.map(\.seconds).max() ?? 0
        let peak = peakOperationsPerSecond * Double(ranks.count * threads)
        return peak > 0 && seconds > 0 ? operations / seconds / peak : nil
    }

    /// A figure with a bar for each rank and what each part's share is over all.
    func figure(of unit: String) -> HTML {
        let (left, width, height) = (56.0, 520.0, 22.0)
        let longest = ranks.map(\.seconds).max() ?? 1
        let shown = ranks.prefix(Self.rankLimit)
        var parts: [HTML] = []
        for (row, rank) in shown.enumerated() {
            let y = Double(row) * height
            parts.append("<text class=\"tick\" x=\"0\" y=\"\(y + 14)\">rank \(row)</text>")
            var x = left
            for (index, name) in names {
                let span = max(0, rank.parts[name] ?? 0) / longest * (width - left)
                guard span >= 0.05 else { continue }
                let seconds = HumanText.duration(rank.parts[name] ?? 0)
                parts.append(
                    """
                    <rect class="block s\(index)" x="\(HumanText.fixed(x, 1))" y="\(y + 3)" \
                    width="\(HumanText.fixed(span, 1))" height="\(height - 6)"><title>\(name): \(seconds)</title></rect>
                    """)
                x += span
            }
        }
        let total = ranks.reduce(0) { $0 + $1.seconds }
        let legend = names.map { index, name -> HTML in
            let share = ranks.reduce(0) { $0 + ($1.parts[name] ?? 0) } / total
            return """
                <span><i class="key s\(index)"></i>\(name) <b>\(HumanText.fixed(100 * share, 1)) %</b></span>
                """
        }
        var title = "\(unit): \(steps) steps in \(HumanText.duration(longest))"
        if let utilization { title += ", \(HumanText.fixed(100 * utilization, 0)) % of the peak" }
        return """
            <figure class="chart"><figcaption>\(title)</figcaption>\
            <svg viewBox="0 0 \(width) \(Double(shown.count) * height)" role="img">\(HTML.join(parts))</svg>\
            <div class="legend">\(HTML.join(legend))</div></figure>
            """
    }
}
