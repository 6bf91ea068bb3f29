import Foundation
import Prediction
import Scheduling

/// Errors of predicted durations.
struct DurationTrack {
    private let collection: TraceCollection
    private let folder: String

    init(_ collection: TraceCollection, folder: String) throws {
        self.collection = collection
        self.folder = folder
    }

    private func report(
        _ name: String, _ pairs: [(estimate: LogNormal, seconds: Double)], _ table: inout ResultTable,
        reach: String = ""
    ) {
        let errors = pairs.map { abs(max(0.001, $0.estimate.medianSeconds - 0.05) - $0.seconds) / $0.seconds }.sorted()
        guard !errors.isEmpty else { return }
        let covered = pairs.filter {
            $0.estimate.p10Seconds - 0.05 <= $0.seconds && $0.seconds <= $0.estimate.p90Seconds - 0.05
        }.count
        table.figure(
            "durations", "\(name): median relative error of \(errors.count)", errors[errors.count / 2], "", reach: reach
        )
        table.figure("durations", "  90th percentile", errors[errors.count * 9 / 10], "")
        table.figure(
            "durations", "  P10-P90 covers", 100 * Double(covered) / Double(errors.count), "%", reach: "75-85 %")
    }

    func run(into table: inout ResultTable) throws {
        table.title("Durations, tasks of at least a second")
        // Each instance is run on 16 ranks by the policy itself; an estimate is taken when a unit starts.
        var early: [(LogNormal, Double)] = []
        var late: [(LogNormal, Double)] = []
        for (instance, work) in collection.workloads.enumerated() {
            var durations = LearnedDurations(work, model: collection.models[instance], hasExperts: true)
            for unit in work.precedence.order where work.seconds[unit] >= 1 {
                early.append((durations.estimate(unit), work.seconds[unit]))
            }
            // In the order of the recording: a unit is predicted when its parents are done and those before it too.
            for unit in work.precedence.order {
                durations.becameReady(unit)
                if work.seconds[unit] >= 1 { late.append((durations.current(unit), work.seconds[unit])) }
                durations.finished(unit, seconds: work.seconds[unit])
            }
        }
        report("public runs, before the run", early, &table)
        report("public runs, earlier runs and earlier units of this run", late, &table, reach: "0.20")
        for (name, reach) in [("chipseq", "0.22"), ("eager", "0.45"), ("mag", "0.27"), ("methylseq", "0.35")] {
            let path = "\(folder)/nfcore_\(name).csv"
            guard FileManager.default.fileExists(atPath: path) else { continue }
            try report("nf-core \(name)", prequential(path), &table, reach: reach)
        }
    }

    /// Rows in the order of their starts, each predicted from those that had ended.
    private func prequential(_ path: String) throws -> [(LogNormal, Double)] {
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(whereSeparator: \.isNewline).map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let header = lines[0]
        func column(_ names: String...) -> Int? { names.compactMap { header.firstIndex(of: $0) }.first }
        guard let start = column("start_s"), let end = column("complete_s"),
            let kind = column("task_type", "process", "task"),
            let seconds = column("runtime_s", "post_runtime_s", "realtime_s"), let tag = column("tag")
        else { return [] }
        struct Row { let start: Double, end: Double, kind: Int, tag: String, seconds: Double }
        var names: [String] = []
        let rows = lines.dropFirst().compactMap { line -> Row? in
            guard line.count > max(start, end), let from = Double(line[start]), let to = Double(line[end]),
                let took = Double(line[seconds])
            else { return nil }
            if !names.contains(line[kind]) { names.append(line[kind]) }
            return Row(start: from, end: to, kind: names.firstIndex(of: line[kind]) ?? 0, tag: line[tag], seconds: took)
        }
        var learner = RunLearner(DurationModel([]), kinds: names)
        let byEnd = rows.indices.sorted { (rows[$0].end, $0) < (rows[$1].end, $1) }
        var next = 0
        var result: [(LogNormal, Double)] = []
        /// For each sample the sum of its residuals so far.
        var samples: [String: (sum: Double, count: Double)] = [:]
        /// For each sample what its units took that have ended, the last of each kind.
        var relatives: [String: [DurationFeatures.Relative]] = [:]
        func features(_ row: Row) -> DurationFeatures {
            let sample = samples[row.tag] ?? (0, 0)
            var features = DurationFeatures(
                kind: names[row.kind], parentCount: 1, inputBytes: 0, parentLogSeconds: sample.sum / (sample.count + 1))
            features.relatives = (relatives[row.tag] ?? []).filter { $0.kind != row.kind }
            return features
        }
        var seen: [Int: (sum: Double, count: Double)] = [:]
        var words: [Int: RunLearner.Words] = [:]
        for (index, row) in rows.enumerated() {
            while next < byEnd.count, rows[byEnd[next]].end <= row.start {
                let ended = rows[byEnd[next]]
                learner.observe(
                    features(ended), kind: ended.kind, seconds: ended.seconds,
                    words: words.removeValue(forKey: byEnd[next]))
                let y = DurationFeatures.logarithm(ended.seconds)
                let known = seen[ended.kind] ?? (0, 0)
                if known.count > 0 {
                    let old = samples[ended.tag] ?? (0, 0)
                    samples[ended.tag] = (old.sum + y - known.sum / known.count, old.count + 1)
                }
                seen[ended.kind] = (known.sum + y, known.count + 1)
                relatives[ended.tag, default: []].removeAll { $0.kind == ended.kind }
                relatives[ended.tag, default: []].append(.init(kind: ended.kind, logSeconds: y))
                next += 1
            }
            words[index] = learner.words(features(row), kind: row.kind)
            if row.seconds >= 1 { result.append((learner.estimate(features(row), kind: row.kind), row.seconds)) }
        }
        return result
    }
}
