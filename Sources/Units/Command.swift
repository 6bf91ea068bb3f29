import Determinism
import Foundation
import Processes
import Ranks
public import Recipes
public import WorkGraph

/// The files a `Command` wrote, in the order in which it declares them.
public struct CommandOutput: PortBundle {
    public static let bundleType = BundleType(name: "CommandOutput", members: [.init("files", PortType("File"))])
    public let wiring: Wiring
    public init(wiring: Wiring) { self.wiring = wiring }
}

/// Anybody's program as a unit: an argument vector, declared inputs and outputs, a work directory of its own.
///
/// Arguments may hold `{input:NAME}` (the first file of an input), `{input:NAME/FILE}` or `{input:NAME.MEMBER}` (one of several),
/// `{output:NAME}` (where to write an output), `{work}` and `{checkpoints}`. An argument that names a file is read into
/// the key by its content; its path does not count. So is a folder inside the project that is written with a slash (`data/`): a bare
/// word such as `test` is too often a word that a folder shares by chance.
public struct CommandKind: UnitKind {
    public typealias Result = CommandOutput

    public static let description = KindDescription(
        name: "Command", summary: "Runs a program with declared inputs and outputs.", isRandom: true,
        savesCheckpoints: true)

    @Setting(
        .unlabelled,
        help:
            "The program and its arguments; no shell reads them. Files count by content, folders if written with a slash."
    ) var arguments: [String]
    @Inputs(help: "What the program reads, by the name used in {input:NAME}.") var inputs: [String: any PortBundle] =
        [:]
    /// Kept by hand: the protocol's own `outputs` has another type.
    let _outputs = Setting<[String]>(
        wrappedValue: [], help: "Files or folders the program writes to {output:NAME} or below $ORCHESTRATE_OUTPUT_DIR."
    )
    @Setting(help: "An output that takes what the program prints.") var standardOutput: String? = nil
    @Setting(help: "Further files the program reads, such as modules a script imports.") var dependsOn: [String] = []
    @Setting(help: "Variables the program sees.") var environment: [String: String] = [:]
    @Setting(help: "Exit codes that mean success.") var expectedExitCodes: [Int] = [0]
    @Setting(help: "Whether equal inputs give equal bytes; if not, outputs are records.") var deterministic: Bool = true
    @Resource(help: "Names of variables that are passed through; their values do not count in the key.")
    var passing: [String] = []
    @Resource(
        help:
            "Names of variables that hold secrets: passed through, from NAME or the file that NAME_FILE names, and blotted out in logs."
    ) var secrets: [String] = []
    @Resource(in: 1...4096, help: "Processors it may use.") var cpus: Int = 1
    @Resource(help: "Memory it needs, such as 2.gibibytes.") var memory: ByteCount = ByteCount(0)
    @Resource(help: "Countable resources, such as [\"gpus\": 1].") var resources: [String: Int] = [:]
    @Resource(help: "When an attempt is ended, such as 2.hours.") var timeLimit: TimeSpan? = nil
    @Resource(in: 0...100, help: "How often a failed attempt is repeated.") var retry: Int = 0
    @Resource(help: "Which failures are repeated; by default all.") var on: [RetryCause] = []
    @Resource(help: "Time between the stop signal and the end, such as 30.seconds.")
    var grace: TimeSpan = TimeSpan(seconds: 10)

    public init() {}

    private var outputNames: [String] { _outputs.wrappedValue + (standardOutput.map { [$0] } ?? []) }

    public var outputs: [OutputDeclaration] {
        outputNames.map { OutputDeclaration(name: $0, type: PortType("File")) }
    }

    func setOutputs(_ names: [String]) { _outputs.wrappedValue = names }

    public func place(label: CallLabel) -> CommandOutput {
        let node = node(label: label)
        let files = outputNames.map { PortReference(node: node, output: $0) }
        return CommandOutput(wiring: Wiring(members: ["files": files], call: UnitCall(label: label, nodes: [node])))
    }

    // MARK: Plan

    public func plan(_ draft: inout UnitDraft, _ context: PlanContext) throws {
        guard let program = arguments.first, !program.isEmpty else {
            throw ArgumentError(
                argument: "arguments", message: "a command needs a program, such as [\"sort\", \"{input:words}\"]")
        }
        let outputNames = outputNames
        guard !outputNames.isEmpty else {
            throw ArgumentError(
                argument: "outputs",
                message:
                    "'\(program)' declares no output; name what it writes in outputs:, or keep what it prints with standardOutput:"
            )
        }
        for name in outputNames where name.isEmpty || Self.hasSlash(name) || name.hasPrefix(".") {
            throw ArgumentError(
                argument: "outputs", message: "'\(name)' cannot be an output: give a plain file name without '/'")
        }
        guard outputNames.count == 1 || Set(outputNames).count == outputNames.count else {
            throw ArgumentError(argument: "outputs", message: "two outputs have the same name")
        }
        try checkPlaceholders(outputNames)
        try checkRetries()
        for name in secrets where environment[name] != nil {
            throw ArgumentError(
                argument: "secrets", message: "'\(name)' is also in environment:, which is stored with every run")
        }
        var files: [SourceBinding] = []
        draft.parameters["arguments"] = .list(
            try arguments.enumerated().map { position, argument in
                .string(
                    try digesting(
                        argument, isProgram: position == 0, into: &files, warnings: &draft.warnings, context))
            })
        for path in dependsOn { files.append(try context.source(path, port: "dependsOn")) }
        // Their contents count; what they are called does not.
        draft.parameters["dependsOn"] = .list([])
        draft.sources += files
        draft.isDeterministic = deterministic
        draft.estimate.fixedSeconds = 1
    }

    private func checkRetries() throws {
        guard retry > 0 || on.isEmpty else {
            throw ArgumentError(
                argument: "on", message: "on: says which failures are repeated; say how often with retry:")
        }
        if on.contains(.outOfMemory(memory: .doubled)), memory.bytes == 0 {
            throw ArgumentError(
                argument: "on", message: "memory can only be doubled where it is declared, such as memory: 2.gibibytes")
        }
    }

    private func checkPlaceholders(_ outputNames: [String]) throws {
        let known = Set(inputs.keys)
        for argument in arguments {
            for placeholder in CommandTemplate(argument).placeholders {
                switch placeholder {
                case .input(let name, _):
                    guard known.contains(name) else {
                        let all = known.sorted().joined(separator: ", ")
                        throw ArgumentError(
                            argument: "arguments",
                            message: "'{input:\(name)}' names no input; inputs: \(all.isEmpty ? "none" : all)")
                    }
                case .output(let name):
                    guard outputNames.contains(name) else {
                        throw ArgumentError(
                            argument: "arguments",
                            message:
                                "'{output:\(name)}' names no output; outputs: \(outputNames.joined(separator: ", "))")
                    }
                case .file, .work, .checkpoints: break
                }
            }
        }
    }

    /// The argument with a file it names (whole, or after `=`) replaced by a placeholder, and the file bound as a source.
    private func digesting(
        _ argument: String, isProgram: Bool, into files: inout [SourceBinding], warnings: inout [String],
        _ context: PlanContext
    ) throws -> String {
        var prefix = ""
        var path = argument
        if !isProgram, argument.hasPrefix("-"), let equals = argument.firstIndex(of: "=") {
            prefix = String(argument[...equals])
            path = String(argument[argument.index(after: equals)...])
        }
        guard !path.isEmpty, !path.utf8.contains(UInt8(ascii: "{")), namesFile(path, isProgram: isProgram, context)
        else {
            if looksLikeFile(path, isProgram: isProgram),
                !FileManager.default.fileExists(atPath: context.absolute(path))
            {
                warnings.append(
                    "'\(path)' looks like a file, but there is none in \(context.projectDirectory); the program gets the word as it is"
                )
            }
            return argument
        }
        files.append(try context.source(path, port: "arguments"))
        return prefix + "{file:\(files.count - 1)}"
    }

    private static let scriptEndings: Set<String> = [
        "py", "sh", "bash", "pl", "rb", "R", "r", "jl", "js", "mjs", "ts", "lua", "awk", "sed", "swift", "m", "ipynb",
    ]

    /// Whether a word was probably meant as a file of the project: a script by its ending, or a relative path with one.
    private func looksLikeFile(_ path: String, isProgram: Bool) -> Bool {
        let plain = path.utf8.allSatisfy { byte in
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
                || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "._-+/".utf8.contains(byte)
        }
        guard plain, !path.hasPrefix("/"), !path.hasPrefix("-"), !path.hasSuffix("/") else { return false }
        if isProgram { return Self.hasSlash(path) }
        guard path.utf8.contains(UInt8(ascii: ".")) else { return false }
        let ending = (path as NSString).pathExtension
        guard !ending.isEmpty, ending.contains(where: \.isLetter) else { return false }
        return Self.hasSlash(path) || Self.scriptEndings.contains(ending)
    }

    /// Bytes are looked through: Foundation's search of a string takes as long as the rest of the check.
    private static func hasSlash(_ path: String) -> Bool { path.utf8.contains(UInt8(ascii: "/")) }

    private func namesFile(_ path: String, isProgram: Bool, _ context: PlanContext) -> Bool {
        let full = context.absolute(path)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: full, isDirectory: &isFolder) else { return false }
        let root = URL(fileURLWithPath: context.projectDirectory).standardizedFileURL.path
        let isInside = URL(fileURLWithPath: full).standardizedFileURL.path.hasPrefix(root + "/")
        // A word such as `test` may be a folder by chance, and programs of the system are not the project's.
        if isFolder.boolValue { return isInside && Self.hasSlash(path) }
        if isProgram { return isInside && Self.hasSlash(path) }
        let attributes = try? FileManager.default.attributesOfItem(atPath: full)
        return attributes?[.type] as? FileAttributeType != .typeCharacterSpecial
    }

    // MARK: Run

    public func run(_ context: UnitContext) throws {
        guard context.gang.rank == 0 else { return }
        let secrets = try CommandSecrets(secrets, ProcessInfo.processInfo.environment)
        var session = try CommandSession(
            arguments: try resolved(context), environment: environment(context).merging(secrets.values) { $1 },
            secrets: secrets.texts, standardOutput: standardOutput, graceSeconds: grace.seconds,
            expectedExitCodes: expectedExitCodes, context: context)
        try session.run()
    }

    private func resolved(_ context: UnitContext) throws -> [String] {
        try arguments.map { argument in
            try CommandTemplate(argument).filled { placeholder in
                switch placeholder {
                case .input(let name, let part): try inputPath(name, part, context)
                case .output(let name): context.output(name)
                case .file(let index):
                    context.unit.sources.indices.contains(index) ? context.unit.sources[index].path : ""
                case .work: context.workDirectory
                case .checkpoints: context.checkpointDirectory
                }
            }
        }
    }

    private func inputPath(_ name: String, _ part: String?, _ context: UnitContext) throws -> String {
        let prefix = "inputs.\(name)."
        let bindings = context.unit.inputs.filter { $0.port.hasPrefix(prefix) }
        var found: [String] = []
        for binding in bindings {
            for (reference, path) in zip(binding.parts, context.paths(binding.port)) {
                if part == nil || reference.output == part || binding.port == prefix + (part ?? "") {
                    found.append(path)
                }
            }
        }
        guard let first = found.first else {
            let names = bindings.flatMap { $0.parts.map(\.output) }.joined(separator: ", ")
            throw CommandError("input '\(name)' has no file '\(part ?? "")'; it has: \(names)")
        }
        return first
    }

    /// Variables every program may see besides those it was given; nothing of the launcher's.
    private static let alwaysPassed = [
        "PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "ORCHESTRATE_JOB",
    ]

    private func environment(_ context: UnitContext) -> [String: String] {
        let own = ProcessInfo.processInfo.environment
        var result: [String: String] = [:]
        for name in Self.alwaysPassed + passing where !Self.isLauncherVariable(name) { result[name] = own[name] }
        // The launcher puts its own folders in front of these: a program would see other ones on one rank and on two.
        if let before = Self.beforeLauncher { for name in Self.searchPaths { result[name] = before[name] } }
        result.merge(environment) { $1 }
        result["ORCHESTRATE_RUN"] = context.runName
        result["ORCHESTRATE_UNIT"] = context.unit.name
        result["ORCHESTRATE_ATTEMPT"] = "\(context.attempt)"
        result["ORCHESTRATE_SEED"] = "\(context.seed)"
        result["ORCHESTRATE_DEADLINE"] = context.deadline.map { "\(Int($0))" }
        result["ORCHESTRATE_OUTPUT_DIR"] = context.outputDirectory
        result["ORCHESTRATE_CHECKPOINT_DIR"] = context.checkpointDirectory
        result["ORCHESTRATE_METRICS"] = context.workDirectory + "/metrics.jsonl"
        return result
    }

    private static let searchPaths = ["PATH", "LD_LIBRARY_PATH"]

    /// The search paths that the launcher was started with; `nil` when this process has no launcher that tells.
    private static let beforeLauncher: [String: String]? = {
        let parent = getppid()
        let launchers = ["mpirun", "mpiexec", "orterun", "orted", "prterun", "prted", "prte"]
        guard MPIEnvironment.isLaunched, let name = ProcessTable.program(of: parent), launchers.contains(name) else {
            return nil
        }
        var result: [String: String] = [:]
        for name in searchPaths { result[name] = ProcessTable.variable(name, of: parent) }
        return result
    }()

    private static func isLauncherVariable(_ name: String) -> Bool {
        ["OMPI_", "PMIX_", "PMI_", "PRTE_"].contains { name.hasPrefix($0) }
    }
}

/// Runs a program: argument vector, declared inputs and outputs, own work directory.
public func Command(
    _ arguments: [String], inputs: [String: any PortBundle] = [:], outputs: [String] = [],
    standardOutput: String? = nil, dependsOn: [String] = [], environment: [String: String] = [:],
    expectedExitCodes: [Int] = [0], deterministic: Bool = true, passing: [String] = [], secrets: [String] = [],
    cpus: Int = 1, memory: ByteCount = ByteCount(0), resources: [String: Int] = [:], timeLimit: TimeSpan? = nil,
    retry: Int = 0,
    on: [RetryCause] = [], grace: TimeSpan = TimeSpan(seconds: 10)
) -> CommandOutput {
    let kind = CommandKind()
    kind.arguments = arguments
    kind.inputs = inputs
    kind.setOutputs(outputs)
    kind.standardOutput = standardOutput
    kind.dependsOn = dependsOn
    kind.environment = environment
    kind.expectedExitCodes = expectedExitCodes
    kind.deterministic = deterministic
    kind.passing = passing
    kind.secrets = secrets
    kind.cpus = cpus
    kind.memory = memory
    kind.resources = resources
    kind.timeLimit = timeLimit
    kind.retry = retry
    kind.on = on
    kind.grace = grace
    return kind.place()
}
