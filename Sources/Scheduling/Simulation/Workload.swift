/// What a simulation runs: the units of one workflow, or of several that arrive one after another.
public struct Workload: Sendable {
    /// How a unit gains from several ranks: on k of them it takes T (f + (1 - f) / k).
    public struct Gang: Hashable, Sendable {
        public var maximumRanks: Int
        /// The part f of the unit that only one rank can do.
        public var serialShare: Double

        public init(maximumRanks: Int = 1, serialShare: Double = 1) {
            self.maximumRanks = maximumRanks
            self.serialShare = serialShare
        }

        /// Time on `ranks` over time on one.
        public func share(ranks: Int) -> Double {
            ranks <= 1 ? 1 : serialShare + (1 - serialShare) / Double(ranks)
        }
    }

    /// Seconds each unit truly takes on one rank of speed 1; policies that only predict never see them.
    public var seconds: [Double]
    public let precedence: Precedence
    /// Name of each unit's kind.
    public let kinds: [String]
    /// Bytes of all files each unit reads, known to a predictor once its parents are done.
    public let inputBytes: [Double]
    /// The files made by units that each unit reads, by position in ``files``.
    public let reads: [[Int]]
    public let files: [WorkflowTrace.File]
    /// The files each unit makes, by position in ``files``.
    public let makes: [[Int]]
    /// For each unit which workflow it belongs to.
    public let workflowOf: [Int]
    /// When each workflow arrives, in seconds.
    public var arrivals: [Double]
    public let names: [String]
    /// One for each unit; empty when no unit takes more than one rank.
    public var gangs: [Gang] = []

    /// How many units there are.
    public var count: Int { seconds.count }

    /// The units of `traces`, one after another.
    ///
    /// - Parameter arrivals: when each trace arrives; all at 0 when it is empty.
    public init(_ traces: [WorkflowTrace], arrivals: [Double] = []) {
        precondition(arrivals.isEmpty || arrivals.count == traces.count, "one arrival per trace")
        var parents: [[Int]] = []
        var seconds: [Double] = []
        var kinds: [String] = []
        var inputBytes: [Double] = []
        var reads: [[Int]] = []
        var files: [WorkflowTrace.File] = []
        var workflowOf: [Int] = []
        for (workflow, trace) in traces.enumerated() {
            let (start, firstFile) = (seconds.count, files.count)
            parents += trace.precedence.parents.map { $0.map { $0 + start } }
            files += trace.files.map { WorkflowTrace.File(bytes: $0.bytes, producer: $0.producer + start) }
            for task in trace.tasks {
                seconds.append(task.seconds)
                kinds.append(task.kind)
                inputBytes.append(task.inputBytes)
                reads.append(task.reads.map { $0 + firstFile })
                workflowOf.append(workflow)
            }
        }
        var makes = [[Int]](repeating: [], count: seconds.count)
        for (file, made) in files.enumerated() { makes[made.producer].append(file) }
        self.seconds = seconds
        self.kinds = kinds
        self.inputBytes = inputBytes
        self.reads = reads
        self.files = files
        self.makes = makes
        self.workflowOf = workflowOf
        self.arrivals = arrivals.isEmpty ? [Double](repeating: 0, count: traces.count) : arrivals
        names = traces.map(\.name)
        let gangs = traces.flatMap { $0.tasks.map(\.gang) }
        if gangs.contains(where: { $0.maximumRanks > 1 }) { self.gangs = gangs }
        precedence = Precedence(parents: parents)
    }

    /// How the unit gains from several ranks.
    public func gang(of unit: Int) -> Gang { gangs.isEmpty ? Gang() : gangs[unit] }
}
