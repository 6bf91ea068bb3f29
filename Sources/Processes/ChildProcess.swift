import CProcesses
import Glibc

/// A running program: argument vector, own process group, and by default the promise that it ends with its starter.
///
/// One thread starts, waits for and ends a child, since the parent-death signal follows that thread.
public struct ChildProcess: ~Copyable {
    /// How a child starts.
    public struct Configuration: Sendable {
        /// Absolute path of the program.
        public var program: String
        /// Without the program itself.
        public var arguments: [String]
        public var environment: [String: String]
        public var directory: String
        /// Descriptors for 0, 1 and 2; `nil` reads from nothing.
        public var standardInput: Int32?
        public var standardOutput: Int32
        public var standardError: Int32
        /// A session of its own, so that no terminal signal reaches it; else a process group of its own.
        public var ownsSession = false
        /// It is killed when the thread that started it ends; false for one that is to live on alone.
        public var diesWithParent = true
        /// Processors it may use; empty for all that this process may use.
        public var cpus: [Int] = []

        public init(
            program: String, arguments: [String], environment: [String: String], directory: String,
            standardInput: Int32? = nil, standardOutput: Int32, standardError: Int32
        ) {
            self.program = program
            self.arguments = arguments
            self.environment = environment
            self.directory = directory
            self.standardInput = standardInput
            self.standardOutput = standardOutput
            self.standardError = standardError
        }
    }

    /// How a child ended.
    public enum End: Hashable, Sendable, CustomStringConvertible {
        case exited(code: Int32)
        case killed(signal: Int32)

        public var description: String {
            switch self {
            case .exited(let code): "exit code \(code)"
            case .killed(let signal): "signal \(signal) (\(String(cString: strsignal(signal))))"
            }
        }
    }

    /// Process id, which is also the id of its group.
    public let id: Int32
    private var end: End?

    /// Starts a child.
    ///
    /// - Throws: ``ProcessError`` when the system refuses.
    public init(_ configuration: Configuration) throws(ProcessError) {
        let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { close(nothing) }
        let arguments = CStrings([configuration.program] + configuration.arguments)
        let environment = CStrings(configuration.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
        let cpus = configuration.cpus.map { Int32($0) }
        var child: Int32 = 0
        let code = configuration.program.withCString { program in
            configuration.directory.withCString { directory in
                cpus.withUnsafeBufferPointer { cpus in
                    var options = orc_spawn_options(
                        path: program, arguments: arguments.pointers, environment: environment.pointers,
                        directory: directory, standard_input: configuration.standardInput ?? nothing,
                        standard_output: configuration.standardOutput, standard_error: configuration.standardError,
                        new_session: configuration.ownsSession ? 1 : 0,
                        dies_with_parent: configuration.diesWithParent ? 1 : 0, cpus: cpus.baseAddress,
                        cpu_count: Int32(cpus.count))
                    return orc_spawn(&options, &child)
                }
            }
        }
        guard code == 0 else { throw .notStarted(configuration.program, errno: code) }
        id = child
    }

    /// How it ended, or `nil` while it runs.
    ///
    /// Does not block.
    public mutating func poll() throws(ProcessError) -> End? {
        if let end { return end }
        var status: Int32 = 0
        var usage = rusage()
        let found = wait4(id, &status, WNOHANG, &usage)
        if found == 0 { return nil }
        guard found == id else {
            if errno == EINTR { return nil }
            throw ProcessError(.notReadable, "cannot wait for process \(id): \(ProcessError.text(of: errno))")
        }
        ChildMemory.note(Int(usage.ru_maxrss) << 10)
        let signal = status & 0x7f
        end = signal == 0 ? .exited(code: (status >> 8) & 0xff) : .killed(signal: signal)
        return end
    }

    /// Sends a signal to the whole process group; a group that is gone is no error.
    public func signalGroup(_ number: Int32) { kill(-id, number) }
}

/// A null-terminated array of C strings that lives as long as its owner.
private final class CStrings {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ texts: [String]) {
        count = texts.count
        pointers = .allocate(capacity: texts.count + 1)
        for (position, text) in texts.enumerated() { (pointers + position).initialize(to: strdup(text)) }
        (pointers + texts.count).initialize(to: nil)
    }

    deinit {
        for position in 0..<count { free(pointers[position]) }
        pointers.deallocate()
    }
}
