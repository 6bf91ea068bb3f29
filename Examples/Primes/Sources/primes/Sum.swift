import Foundation
import Orchestrator

/// Adds counts.
struct SumKind: UnitKind {
    typealias Result = Count

    static let description = KindDescription(name: "Sum", summary: "Adds counts.")

    @Inputs(.unlabelled, help: "What to add, by name.") var counts: [String: any PortBundle] = [:]

    func run(_ context: UnitContext) throws {
        var sum = 0
        for port in context.inputs.keys.sorted() {
            for path in context.paths(port) {
                let text = try String(contentsOfFile: path, encoding: .utf8)
                sum += Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
            }
        }
        context.reporter.figure("sum", Double(sum))
        try context.write(Array("\(sum)\n".utf8), to: "count")
    }
}

/// Adds counts.
func Sum(_ counts: [String: any PortBundle]) -> Count {
    let kind = SumKind()
    kind.counts = counts
    return kind.place()
}
