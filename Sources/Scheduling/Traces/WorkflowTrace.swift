/// One recorded execution of a workflow: its tasks, what each took, and the files that went between them.
public struct WorkflowTrace: Sendable {
    /// One task as it was recorded.
    public struct Task: Hashable, Sendable {
        /// Unique in the trace.
        public let id: String
        /// Tasks of one program share a kind.
        public let kind: String
        /// Run time of the task itself on a rank of speed 1; at least a millisecond.
        public let seconds: Double
        /// Bytes of all files it reads.
        public let inputBytes: Double
        /// Those of ``WorkflowTrace/files`` that it reads.
        public let reads: [Int]
        /// How it gains from several ranks.
        public let gang: Workload.Gang

        public init(
            id: String, kind: String, seconds: Double, inputBytes: Double, reads: [Int],
            gang: Workload.Gang = Workload.Gang()
        ) {
            self.gang = gang
            self.id = id
            self.kind = kind
            self.seconds = seconds
            self.inputBytes = inputBytes
            self.reads = reads
        }
    }

    /// A file that a task of the workflow makes.
    public struct File: Hashable, Sendable {
        public let bytes: Double
        /// Position of the task that makes it.
        public let producer: Int

        public init(bytes: Double, producer: Int) {
            self.bytes = bytes
            self.producer = producer
        }
    }

    public let name: String
    /// In the order of the recording.
    public let tasks: [Task]
    public let files: [File]
    public let precedence: Precedence

    /// Run times below this were not measured by the tracer, and count as this.
    public static let leastSeconds = 0.001

    /// A trace of tasks and edges.
    ///
    /// - Precondition: positions are those of tasks and files; no task waits for itself through others.
    public init(name: String, tasks: [Task], files: [File], precedence: Precedence) {
        precondition(precedence.order.count == tasks.count, "tasks wait for each other in a circle")
        self.name = name
        self.tasks = tasks
        self.files = files
        self.precedence = precedence
    }

    /// Seconds of all tasks together.
    public var totalSeconds: Double { tasks.reduce(0) { $0 + $1.seconds } }

    /// Bytes that tasks read and no task makes; a file that three tasks read counts three times.
    public var sourceBytes: Double {
        tasks.reduce(0) { sum, task in
            sum + max(0, task.inputBytes - task.reads.reduce(0) { $0 + files[$1].bytes })
        }
    }

    /// Bytes over all edges: a file that three tasks read counts three times.
    public var edgeBytes: Double {
        tasks.reduce(0) { sum, task in task.reads.reduce(sum) { $0 + files[$1].bytes } }
    }
}
