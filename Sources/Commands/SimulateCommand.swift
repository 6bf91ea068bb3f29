import ArgumentParser
import Determinism
import Foundation
import Ledger
import Prediction
import Scheduling
import Sites

/// Compares scheduling policies on recorded workflows.
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Compare scheduling policies on recorded workflows or runs: makespan, bound, money.",
        discussion: """
            A trace is a WfFormat 1.5 file (.json or .json.gz), as the WfCommons project publishes them, or a folder of
            such files. The name of a run of this store stands for what its units took: what if it had another policy,
            other ranks or prices? Other runs are its history. A unit occupies a rank for its recorded run time divided by the rank's speed; ready units are
            visible at once. Equal arguments give equal results.

            Policies: \(SimulatedPolicy.allCases.map(\.rawValue).joined(separator: ", ")).
            critical-path is what `run` and `submit` use; it predicts durations from --history (never from the trace it
            schedules) and from the units that have ended. oracle is the same with true durations. cheapest rents
            ranks of the site file's pools as --deadline needs them.

            A site file gives pools of ranks:
              pools:
                - {name: fast, count: 4, speed: 2, pricePerHour: 2.5, startupSeconds: 60}
                - {name: spot, count: 12, pricePerHour: 0.3, interruptionSeconds: 14400}
              bytesPerSecond: 1e9

            Examples:
              orchestrate simulate montage.json.gz --ranks 16
              orchestrate simulate traces/ --ranks 8 --ranks 16 --policy airflow --policy critical-path
              orchestrate simulate traces/ --history traces/ --site site.yaml --deadline 7200
              orchestrate simulate traces/ --ranks 8 --stream 0.7 --seed 3 --json
              orchestrate simulate brave-heron --ranks 2 --ranks 8 --policy fifo --policy critical-path
              orchestrate simulate traces/ --site site.yaml --policy cheapest --deadline 7200

            Exit codes: 65 a trace is damaged, every problem is named; 66 no such file; 78 the site file is wrong.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: ArgumentHelp("WfFormat files, folders of them, or runs.", valueName: "trace"))
    var traces: [String]

    @Option(help: "How many identical ranks; may be given several times. Default 16.")
    var ranks: [Int] = []

    @Option(help: ArgumentHelp("A policy to compare; may be given several times.", valueName: "name"))
    var policy: [String] = []

    @Option(help: ArgumentHelp("Pools of ranks, instead of --ranks.", valueName: "file"))
    var site: String?

    @Option(
        help: ArgumentHelp("Traces the predictor learns from; the one it schedules is left out.", valueName: "trace"))
    var history: [String] = []

    @Option(help: ArgumentHelp("True durations get log-normal noise with this deviation.", valueName: "sigma"))
    var noise: Double = 0

    @Option(help: "Chooses idle ranks, noise, arrivals and interruptions.")
    var seed: UInt64 = 0

    @Option(
        help: ArgumentHelp(
            "Moving files takes this part of the work's time, if nothing lies where it is read.", valueName: "ratio"))
    var transferRatio: Double?

    @Option(help: ArgumentHelp("All traces arrive at random and keep this part of the ranks busy.", valueName: "load"))
    var stream: Double?

    @Option(help: ArgumentHelp("Seconds after which a run counts as missed.", valueName: "seconds"))
    var deadline: Double?

    func validate() throws {
        if let bad = ranks.first(where: { !(1...100_000).contains($0) }) {
            throw ValidationError("--ranks is 1 or more, not \(bad)")
        }
        if site != nil, !ranks.isEmpty { throw ValidationError("choose one of --site and --ranks") }
        if site != nil, transferRatio != nil {
            throw ValidationError("--site tells the bandwidth; leave --transfer-ratio out")
        }
        for name in policy where SimulatedPolicy(rawValue: name) == nil {
            let names = SimulatedPolicy.allCases.map(\.rawValue)
            let hint = NearestName.hint(name, among: names)
            throw ValidationError(
                "no policy is called '\(name)'.\(hint.isEmpty ? " There are \(names.joined(separator: ", "))." : hint)")
        }
        guard noise >= 0, noise <= 3 else { throw ValidationError("--noise is between 0 and 3, not \(noise)") }
        if let stream, !(stream > 0 && stream < 10) { throw ValidationError("--stream is above 0, not \(stream)") }
        if let transferRatio, !(transferRatio > 0 && transferRatio < 1e6) {
            throw ValidationError("--transfer-ratio is above 0, not \(transferRatio)")
        }
        if let deadline, !(deadline > 0) { throw ValidationError("--deadline is above 0, not \(deadline)") }
    }

    private static func pools(_ file: String) throws -> Site {
        let site = try SiteFile.read(file)
        guard !site.pools.isEmpty else { throw MissingSite(path: file, problem: "has no pools to simulate") }
        return site
    }

    func run() throws {
        let progress = SimulationProgress(isShown: Narration.isInteractive && !options.quiet)
        defer { progress.clear() }
        let layout = StoreLayout(options.storePath)
        let runs = traces.filter { RecordedRun.isRun($0, in: layout) }
        let files = traces.filter { !runs.contains($0) }
        var loaded = try TraceFiles.load(files) { progress.show("reading trace \($0 + 1) of \($1)") }
        loaded += try runs.map { try RecordedRun.trace(of: $0, in: layout) }
        var earlier = try TraceFiles.load(history) { progress.show("reading history \($0 + 1) of \($1)") }
        if !runs.isEmpty { earlier += RecordedRun.others(than: Set(runs), in: layout) }
        let sites: [(name: String, site: Site)] =
            try site.map { [($0, try Self.pools($0))] }
            ?? (ranks.isEmpty ? [16] : ranks).map { ("\($0) ranks", Site.identical(ranks: $0)) }
        let chosen =
            policy.isEmpty
            ? [.fifo, .airflow, .criticalPath, .oracle] : policy.compactMap(SimulatedPolicy.init(rawValue:))
        var comparison = PolicyComparison(
            policies: chosen, history: earlier, noise: noise, seed: seed, transferRatio: transferRatio,
            deadlineSeconds: deadline)
        for (name, site) in sites {
            if let stream {
                progress.show("simulating a stream on \(name)")
                comparison.add(stream: loaded, load: stream, on: site, called: name)
            } else {
                for (index, trace) in loaded.enumerated() {
                    progress.show("simulating \(trace.name) on \(name), \(index + 1) of \(loaded.count)")
                    comparison.add(trace, on: site, called: name)
                }
            }
        }
        progress.clear()
        if options.json {
            try JSONOutput.print(comparison.report)
        } else {
            for line in comparison.report.lines { print(line) }
        }
    }

}
