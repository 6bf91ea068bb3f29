import Determinism
import Foundation
public import Ledger

/// The page that shows what a run did: one file without anything from elsewhere.
public enum RunReport {
    /// Largest picture that is put into the page, and how many.
    private static let pictureBytes = 4 << 20
    private static let pictureCount = 24
    private static let metricsBytes = 64 << 20
    private static let traceBytes = 32 << 20
    private static let traceCharts = 12

    /// The page.
    ///
    /// Files of artifacts are read where they are; one that is missing is left out.
    ///
    /// - Parameters:
    ///   - summary: the run.
    ///   - lock: text of the run's lock, shown folded at the end.
    public static func html(_ summary: RunSummary, lock: String? = nil) -> String {
        let files = ReportFiles(summary)
        let sections: [(title: String, body: HTML)] = [
            ("Figures of merit", figures(summary)),
            ("Graph", GraphDrawing(summary).svg),
            ("Ranks over time", GanttDrawing(summary: summary).svg),
            ("Training", curves(files)),
            ("Samples while training", samples(files)),
            ("Where training time went", times(summary)),
            ("Pictures", pictures(files)),
            ("Actions", traces(files)),
            ("Units", units(summary)),
            ("Parameters", parameters(summary)),
            ("Lock", lock.map { "<details><summary>lock.json</summary><pre>\($0)</pre></details>" } ?? ""),
        ]
        let body = sections.filter { !$0.body.text.isEmpty }.map { section -> HTML in
            "<section><h2>\(section.title)</h2>\n\(section.body)</section>"
        }
        let page: HTML = """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <title>\(summary.recipe): \(summary.run)</title>
            <style>\(HTML(raw: ReportStyle.css))</style></head>
            <body><main>
            \(header(summary))
            \(HTML.join(body))
            </main></body></html>

            """
        return page.text
    }

    private static func header(_ summary: RunSummary) -> HTML {
        let start = Date(timeIntervalSince1970: summary.started)
        let started = start.ISO8601Format().replacingOccurrences(of: "T", with: " ").replacingOccurrences(
            of: "Z", with: " UTC")
        var tiles: [(String, String)] = [
            ("ran", "\(summary.count(.ran))"), ("reused", "\(summary.count(.reused))"),
        ]
        for state in [UnitState.failed, .skipped, .running, .pending] where summary.count(state) > 0 {
            tiles.append((state.rawValue, "\(summary.count(state))"))
        }
        tiles.append(("ranks", "\(summary.rankCount)"))
        if let finished = summary.finished { tiles.append(("took", HumanText.duration(finished - summary.started))) }
        let busy = summary.units.reduce(0) { $0 + ($1.seconds ?? 0) * Double($1.ranks.count) }
        if busy > 0 { tiles.append(("rank time", HumanText.duration(busy))) }
        let made = summary.units.filter { $0.state == .ran }.flatMap(\.outputs).reduce(0) { $0 + $1.bytes }
        if made > 0 { tiles.append(("written", HumanText.bytes(made))) }
        let boxes = tiles.map { title, value -> HTML in "<div class=\"tile\"><b>\(value)</b><span>\(title)</span></div>"
        }
        return """
            <header><h1>\(summary.recipe) <small>\(summary.run)</small>
            <span class="badge \(summary.status.rawValue)">\(summary.status.rawValue)</span></h1>
            <p class="note">started \(started), seed \("\(summary.seed)")</p>
            <div class="tiles">\(HTML.join(boxes))</div></header>
            """
    }

    private static func figures(_ summary: RunSummary) -> HTML {
        let rows = summary.units.flatMap { unit in
            unit.figures.sorted { $0.key < $1.key }.map { name, value -> HTML in
                "<tr><td>\(unit.name)</td><td>\(name)</td><td class=\"n\">\(HumanText.number(value))</td></tr>"
            }
        }
        guard !rows.isEmpty else { return "" }
        return """
            <div class="scroll"><table><thead><tr><th>unit</th><th>figure</th><th class="n">value</th></tr></thead>
            <tbody>\(HTML.join(rows))</tbody></table></div>
            """
    }

    private static func units(_ summary: RunSummary) -> HTML {
        let groups = UnitGroup.groups(of: summary.units, limit: 400)
        let rows = groups.map { group -> HTML in
            let members = group.members.map { summary.units[$0] }
            let first = members[0]
            let seconds = members.compactMap(\.seconds)
            let predicted = members.compactMap(\.predictedSeconds)
            func sum(_ values: [Double]) -> String {
                values.isEmpty ? "–" : HumanText.fixed(values.reduce(0, +), 2)
            }
            let ranks = Set(members.flatMap(\.ranks)).count
            let why = [first.reason, first.cause].compactMap { $0 }.joined(separator: "; ")
            let digests = first.outputs.map { "\($0.name) \($0.digest.description.prefix(12))" }.joined(separator: ", ")
            return """
                <tr><td>\(group.title)</td><td>\(group.kind)</td>\
                <td><span class="badge \(first.state.rawValue)">\(first.state.rawValue)</span></td>\
                <td class="n">\(ranks == 0 ? "–" : "\(ranks)")</td><td class="n">\(sum(seconds))</td>\
                <td class="n">\(sum(predicted))</td><td>\(why)</td>\
                <td><code>\(members.count == 1 ? digests : "")</code></td></tr>
                """
        }
        return """
            <div class="scroll"><table><thead><tr><th>unit</th><th>kind</th><th>state</th><th class="n">ranks</th>\
            <th class="n">seconds</th><th class="n">predicted</th><th>why</th><th>outputs</th></tr></thead>
            <tbody>\(HTML.join(rows))</tbody></table></div>
            """
    }

    private static func parameters(_ summary: RunSummary) -> HTML {
        let rows = summary.parameters.sorted { $0.key < $1.key }.map { name, value -> HTML in
            "<tr><td>\(name)</td><td><code>\(value)</code></td></tr>"
        }
        return rows.isEmpty ? "" : "<table><tbody>\(HTML.join(rows))</tbody></table>"
    }

    private static func curves(_ files: ReportFiles) -> HTML {
        let charts = files.ending(with: "metrics.jsonl", limit: metricsBytes).flatMap { file in
            ReportFiles.read(file).map { StepCurves($0).charts(of: file.unit.name) } ?? []
        }
        return charts.isEmpty ? "" : "<div class=\"charts\">\(HTML.join(charts.map(\.svg)))</div>"
    }

    private static func samples(_ files: ReportFiles) -> HTML {
        let tables = files.ending(with: "metrics.jsonl", limit: metricsBytes).compactMap { file in
            ReportFiles.read(file).map { StepSamples.table(StepSamples.read($0), of: file.unit.name) }
        }
        return HTML.join(tables)
    }

    private static func times(_ summary: RunSummary) -> HTML {
        let figures = summary.units.compactMap { unit in TimeBars.read(beside: unit)?.figure(of: unit.name) }
        return figures.isEmpty ? "" : "<div class=\"charts\">\(HTML.join(figures))</div>"
    }

    private static func pictures(_ files: ReportFiles) -> HTML {
        let figures = files.ending(with: ".png", limit: pictureBytes).prefix(pictureCount).compactMap { file -> HTML? in
            guard let data = ReportFiles.read(file) else { return nil }
            let title = "\(file.unit.name): \(file.name)"
            return """
                <figure class="picture"><img alt="\(title)" src="data:image/png;base64,\(data.base64EncodedString())"/>
                <figcaption>\(title)</figcaption></figure>
                """
        }
        return figures.isEmpty ? "" : HTML.join(figures)
    }

    private static func traces(_ files: ReportFiles) -> HTML {
        var charts: [LineChart] = []
        for file in files.ending(with: ".json", limit: traceBytes) + files.all.filter({ isPlain($0) }) {
            guard charts.count < traceCharts, ["Evaluate", "Generate"].contains(file.unit.kind),
                let data = ReportFiles.read(file)
            else { continue }
            for trace in ActionTrace.read(data).prefix(3) { charts += trace.charts(of: file.unit.name) }
        }
        let shown = charts.prefix(traceCharts).map(\.svg)
        return shown.isEmpty ? "" : "<div class=\"charts\">\(HTML.join(shown))</div>"
    }

    /// An output that is itself a file, without an ending to tell its format by.
    private static func isPlain(_ file: ReportFiles.Found) -> Bool {
        !file.name.contains("/") && !file.name.contains(".") && file.bytes <= traceBytes
    }
}
