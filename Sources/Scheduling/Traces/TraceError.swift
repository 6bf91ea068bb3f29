public import Determinism

/// A trace that cannot be used, with everything that is wrong with it.
public struct TraceError: ExitCoded, Hashable, CustomStringConvertible {
    /// The trace's name or path.
    public let trace: String
    /// One sentence for each problem, in the order of the file.
    public let problems: [String]

    public init(trace: String, problems: [String]) {
        self.trace = trace
        self.problems = problems
    }

    public var exitCode: Int32 { ExitCode.badData }

    public var description: String {
        let count = problems.count == 1 ? "1 problem" : "\(problems.count) problems"
        return "\(trace): \(count); the trace is not simulated.\n" + problems.map { "  " + $0 }.joined(separator: "\n")
    }
}
