import Determinism
import Execution
import Foundation
import Ledger
import Recipes
import Scheduling
import WorkGraph

/// Runs a graph of probe units: `RunProbe STORE RUN SCENARIO [COUNT]`, alone or under `mpirun`.
///
/// Prints one line of JSON on rank 0 and how much processor time each rank used on standard error.
@main
struct RunProbe {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count >= 4 else {
            FileHandle.standardError.write(Data("usage: RunProbe STORE RUN SCENARIO [COUNT]\n".utf8))
            exit(64)
        }
        let count = arguments.count > 4 ? Int(arguments[4]) ?? 0 : 0
        StopPoint.prepare()
        let start = Date()
        let share = ProcessorShare()
        let trace = RunTrace()
        do {
            let layout = StoreLayout(arguments[1])
            let outcome = try RankProcess(catalogue: .probes).run {
                let graph = try graph(arguments[3], count)
                let directory = try directory(arguments[2], graph, layout)
                var prepared = PreparedRun(
                    graph: graph, directory: directory, record: try directory.record(), projectDirectory: "/tmp")
                prepared.trace = trace
                prepared.speculates = arguments[3].hasPrefix("straggle")
                return prepared
            }
            if let outcome {
                let summary = try RunJournal.summary(of: RunDirectory(arguments[2], in: layout))
                print(line(outcome.rawValue, summary, trace, seconds: Date().timeIntervalSince(start)))
            }
            let cpu = ProcessorShare.seconds(CLOCK_PROCESS_CPUTIME_ID)
            let rank = ProcessInfo.processInfo.environment["OMPI_COMM_WORLD_RANK"] ?? "0"
            let wall = Date().timeIntervalSince(start)
            let waiting = share.whileWaiting.map { ", \($0) of a core while waiting" } ?? ""
            FileHandle.standardError.write(
                Data("rank \(rank): \(cpu) s of processor time in \(wall) s\(waiting)\n".utf8))
        } catch {
            FileHandle.standardError.write(Data("RunProbe: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func directory(_ name: String, _ graph: WorkGraph, _ layout: StoreLayout) throws -> RunDirectory {
        let directory = RunDirectory(name, in: layout)
        if (try? directory.record()) != nil { return directory }
        let made = try RunDirectory.create(
            RunRecord(
                name: name, recipe: graph.recipe, recipePath: "", parameters: [:], seed: graph.seed,
                started: Date().timeIntervalSince1970), in: layout)
        try made.writeGraph(graph)
        return made
    }

    private static func line(_ outcome: String, _ summary: RunSummary, _ trace: RunTrace, seconds: Double) -> String {
        let ran = summary.units.filter { $0.state == .ran }
        let starts = trace.starts
        let waits = starts.map { $0.started - $0.ready }.sorted()
        // From the first unit that is ready until the last one is committed and journalled.
        let begin = starts.map(\.ready).min() ?? 0
        let span = (trace.finished ?? 0) - begin
        func since(_ seconds: Double?) -> Double { seconds.map { ($0 - begin) * 1e3 } ?? 0 }
        let onRankOne = ran.filter { $0.ranks == [1] }.count
        let digest = Digest(of: summary.units.flatMap { $0.outputs.map(\.digest.hexDigits) }.joined(separator: " "))
        let perUnit = ran.isEmpty ? 0 : span / Double(ran.count) * 1e6
        func wait(_ part: Double) -> Double { waits.isEmpty ? 0 : waits[Int(part * Double(waits.count - 1))] * 1e3 }
        return """
            {"outcome":"\(outcome)","ran":\(ran.count),"reused":\(summary.count(.reused)),"failed":\(summary.count(.failed)),\
            "skipped":\(summary.count(.skipped)),"onRankOne":\(onRankOne),"microsecondsPerUnit":\(perUnit),\
            "readyToStartedMilliseconds50":\(wait(0.5)),"readyToStartedMilliseconds99":\(wait(0.99)),\
            "firstStartedMilliseconds":\(since(starts.map(\.started).min())),\
            "lastStartedMilliseconds":\(since(starts.map(\.started).max())),\
            "digest":"\(digest.short)","seconds":\(seconds)}
            """
    }

    // MARK: Scenarios

    private static func unit(
        _ kind: String, _ index: Int, parents: [WorkUnit] = [], parameters: [String: CanonicalValue] = [:],
        ranks: ClosedRange<Int> = 1...1, retries: Int = 0, timeLimitSeconds: Double? = nil
    ) -> WorkUnit {
        var resources = ResourceRequest()
        resources.ranks = ranks
        resources.retries = retries
        resources.timeLimitSeconds = timeLimitSeconds
        var all = parameters
        all["index"] = .int(Int64(index))
        let type = PortType("Nothing")
        return WorkUnit(
            name: "\(kind.lowercased())/\(index)", kind: kind, kindVersion: 1, parameters: all, options: [:],
            inputs: parents.isEmpty
                ? []
                : [
                    PortBinding(
                        port: "after", type: type,
                        parts: parents.map { OutputReference(producer: $0.key, output: "out") })
                ],
            sources: [], outputs: [OutputDeclaration(name: "out", type: type)], resources: resources, seed: nil,
            numericsVersion: nil, isDeterministic: true, estimate: WorkEstimate(), location: nil)
    }

    private static func graph(_ scenario: String, _ count: Int) throws -> WorkGraph {
        var units: [WorkUnit] = []
        switch scenario {
        case "wide":
            units = (0..<max(1, count)).map { unit("NoOp", $0) }
        case "tree":
            // Every sixteenth is a root that the next fifteen read.
            for index in 0..<count {
                let root = index / 16 * 16
                units.append(unit("NoOp", index, parents: index == root ? [] : [units[root]]))
            }
        case "chain":
            for index in 0..<count {
                units.append(
                    unit(
                        "Sleep", index, parents: units.last.map { [$0] } ?? [], parameters: ["milliseconds": .int(20)]))
            }
        case "pulse":
            // Two chains of short units: each becomes ready alone, while a rank waits for it.
            for chain in 0..<2 {
                var last: WorkUnit?
                for step in 0..<max(1, count / 2) {
                    let next = unit(
                        "Sleep", 2 * step + chain, parents: last.map { [$0] } ?? [],
                        parameters: ["milliseconds": .int(3)])
                    units.append(next)
                    last = next
                }
            }
        case "sleep": units = (0..<count).map { unit("Sleep", $0, parameters: ["milliseconds": .int(3000)]) }
        case "gang":
            for index in 0..<max(1, count) {
                units.append(unit("Gang", index * 10, ranks: 1...4))
                units.append(unit("NoOp", index * 10 + 1))
                units.append(unit("Sleep", index * 10 + 2, parameters: ["milliseconds": .int(30)]))
            }
        case "brokengang":
            units = [unit("Gang", 0, parameters: ["failing": .int(Int64(count))], ranks: 1...4), unit("NoOp", 1)]
            units.append(unit("NoOp", 2, parents: [units[0]]))
        case "stores":
            // Small outputs in packs, large ones in folders, one that is read by both, and equal bytes under two keys.
            units = [unit("NoOp", 0), unit("Large", 1)]
            units.append(unit("NoOp", 2, parents: [units[1]]))
            units.append(unit("Large", 3, parents: [units[0]]))
            units.append(unit("NoOp", 4, parents: units))
        case "count": units = (0..<max(1, count)).map { unit("Count", $0) }
        case "trouble":
            units = [
                unit("Trouble", 0, retries: 1), unit("Trouble", 1),
                unit("Trouble", 2, parameters: ["kills": .bool(count > 0), "attempts": .int(Int64(max(1, count)))]),
            ]
            units.append(unit("NoOp", 3, parents: [units[1]]))
            units.append(unit("NoOp", 4, parents: [units[0]]))
            if count == 0 { units.remove(at: 2) }
        case "straggle", "straggle-apart":
            // The first attempt ends when it is asked to, or when the second is there.
            units = [
                unit(
                    "Straggle", 0,
                    parameters: [
                        "flag": .string(CommandLine.arguments[1] + "/flag"), "differs": .bool(scenario != "straggle"),
                    ])
            ]
            units.append(unit("NoOp", 1, parents: [units[0]]))
        case "stuck": units = [unit("Stuck", 0, timeLimitSeconds: 0.5), unit("NoOp", 1)]
        default:
            throw CocoaError(.featureUnsupported)
        }
        return WorkGraph(recipe: scenario, seed: 1, units: units)
    }
}
