import Foundation

/// What a model in training made of held-out prompts after one step, as lines of `metrics.jsonl` tell it.
struct StepSamples: Decodable {
    struct Sample: Decodable {
        let episode: String
        let prompt: String
        let continuation: String
        let recorded: [[Double]]
        let predicted: [[Double]]

        /// Mean distance of an action's number from the recorded one; `nil` without actions.
        var error: Double? {
            let distances = zip(recorded, predicted).flatMap { zip($0, $1).map { abs($0 - $1) } }
            return distances.isEmpty ? nil : distances.reduce(0, +) / Double(distances.count)
        }
    }

    let step: Int
    let samples: [Sample]

    /// Most rows of a table; of more steps, some are shown.
    private static let rowLimit = 24

    /// The steps with samples in a file of JSON lines.
    static func read(_ data: Data) -> [StepSamples] {
        let name = Data("\"samples\":[".utf8)
        return data.split(separator: 10).filter { $0.range(of: name) != nil }.compactMap {
            try? JSONDecoder().decode(StepSamples.self, from: Data($0))
        }
    }

    /// A table of what was said and how far actions were off, for one unit.
    static func table(_ steps: [StepSamples], of unit: String) -> HTML {
        let every = (steps.count + rowLimit - 1) / rowLimit
        let rows = steps.enumerated().filter { ($0.offset + 1) % max(1, every) == 0 || $0.offset == steps.count - 1 }
            .flatMap { entry in
                entry.element.samples.map { sample -> HTML in
                    """
                    <tr><td>\(unit)</td><td class="n">\("\(entry.element.step)")</td><td>\(sample.episode)</td>\
                    <td>\(sample.prompt)<b>\(sample.continuation)</b></td>\
                    <td class="n">\(sample.error.map { HumanText.number($0) } ?? "–")</td></tr>
                    """
                }
            }
        guard !rows.isEmpty else { return "" }
        return """
            <div class="scroll"><table><thead><tr><th>unit</th><th class="n">step</th><th>episode</th>\
            <th>prompt and <b>continuation</b></th><th class="n">mean action error</th></tr></thead>
            <tbody>\(HTML.join(rows))</tbody></table></div>
            """
    }
}
