public import Prediction

extension WorkflowTrace {
    /// What a predictor learns from the trace.
    ///
    /// - Parameter run: tells this trace from the others of the history.
    public func measuredDurations(run: Int) -> [MeasuredDuration] {
        let sources = sourceBytes
        let counts = tasks.reduce(into: [String: Int]()) { $0[$1.kind, default: 0] += 1 }
        return tasks.indices.map { task in
            let parents = precedence.parents[task]
            let logs = parents.reduce(0) { $0 + DurationFeatures.logarithm(tasks[$1].seconds) }
            var features = DurationFeatures(
                kind: tasks[task].kind, parentCount: parents.count, inputBytes: tasks[task].inputBytes,
                parentLogSeconds: parents.isEmpty ? 0 : logs / Double(parents.count))
            features.runSourceBytes = sources
            features.kindCount = counts[tasks[task].kind] ?? 1
            return MeasuredDuration(features: features, seconds: tasks[task].seconds, run: run)
        }
    }
}
