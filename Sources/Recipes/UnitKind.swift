public import Determinism
public import WorkGraph

/// What the catalogue says of a kind.
public struct KindDescription: Hashable, Sendable {
    /// The name of the call in recipes, such as `Train`.
    public var name: String
    /// Raised whenever equal inputs give other bytes than before; part of every key.
    public var version: Int
    /// One sentence for `orchestrate units`.
    public var summary: String
    /// The kind computes floats, so `NumericsVersion` is part of the key.
    public var computesFloats = false
    /// The kind draws random numbers, so the run seed is part of the key.
    public var isRandom = false
    /// Equal inputs give equal bytes; outputs of other kinds are records.
    public var isDeterministic = true
    /// The kind saves checkpoints and can go on from them.
    public var savesCheckpoints = false
    /// The kind is placed by another kind's call (one shard of an `Ingest`, say) and cannot be called itself.
    public var isInternal = false

    public init(
        name: String, version: Int = 1, summary: String, computesFloats: Bool = false, isRandom: Bool = false,
        isDeterministic: Bool = true, savesCheckpoints: Bool = false, isInternal: Bool = false
    ) {
        self.name = name
        self.version = version
        self.summary = summary
        self.computesFloats = computesFloats
        self.isRandom = isRandom
        self.isDeterministic = isDeterministic
        self.savesCheckpoints = savesCheckpoints
        self.isInternal = isInternal
    }
}

/// A kind of work unit, declared once: its wrapped properties are the call's labels, types, defaults and help, the key's
/// parameters and the catalogue's entry.
///
/// ```swift
/// public struct ScreenKind: UnitKind {
///     public static let description = KindDescription(name: "Screen", summary: "Drops bad episodes.")
///     @Input(.unlabelled, help: "Episodes to look at.") var episodes: EpisodeSet
///     @Setting(help: "Why an episode is dropped.") var rejecting: [Rejection] = [.nonFinite]
///     public init() {}
///     …
/// }
/// /// The Swift face: one function with the same labels, types and defaults (a test compares them).
/// public func Screen(_ episodes: EpisodeSet, rejecting: [Rejection] = [.nonFinite]) -> EpisodeSet {
///     let kind = ScreenKind()
///     kind.episodes = episodes
///     kind.rejecting = rejecting
///     return kind.place()
/// }
/// ```
public protocol UnitKind: Sendable {
    /// The handle the call returns.
    associatedtype Result: PortBundle

    static var description: KindDescription { get }

    init()

    /// The outputs of the unit with these arguments. The default is one output per member of `Result`.
    var outputs: [OutputDeclaration] { get }

    /// The part of a call this node stands for (`shard-3`); `nil` when the call makes one unit.
    var part: String? { get }

    /// Makes the nodes of a call. The default makes one. A sharded kind makes one per shard and gathers the handle.
    func place(label: CallLabel) -> Result

    /// Checks the arguments and completes what is known before the run: sources, resources, the work estimate.
    ///
    /// - Throws: ``ArgumentError`` for a value that cannot work; the compiler adds file, line and column.
    func plan(_ draft: inout UnitDraft, _ context: PlanContext) throws

    /// Does the work, writing each output to `context.output(name)`. Called on every rank of the gang.
    ///
    /// - Throws: any error; the unit fails with its description. Throw ``Interrupted`` after saving a checkpoint when
    ///   `context.stop` asked for it.
    func run(_ context: UnitContext) throws
}

extension UnitKind {
    static var bundleTypeOfResult: BundleType { Result.bundleType }

    public var outputs: [OutputDeclaration] {
        Result.bundleType.members.map { OutputDeclaration(name: $0.name, type: $0.type) }
    }

    public var part: String? { nil }

    public func plan(_ draft: inout UnitDraft, _ context: PlanContext) throws {}

    /// A node of this kind with the arguments as they stand now.
    public func node(label: CallLabel) -> UnitNode {
        let kind = AnyUnitKind(Self.self)
        return UnitNode(
            kind: kind, arguments: kind.arguments(of: self), outputs: outputs, label: label, part: part,
            instance: KindInstance(self))
    }

    public func place(label: CallLabel) -> Result {
        let node = node(label: label)
        var members: [String: [PortReference]] = [:]
        for member in Result.bundleType.members {
            members[member.name] = [PortReference(node: node, output: member.name)]
        }
        return Result(wiring: Wiring(members: members, call: UnitCall(label: label, nodes: [node])))
    }

    /// Places the call without a name or location yet.
    public func place() -> Result { place(label: CallLabel(kind: Self.description.name)) }
}

/// A kind without its static type, as the catalogue, the compiler and the workers hold it.
public struct AnyUnitKind: Sendable {
    public let type: any UnitKind.Type

    public init(_ type: any UnitKind.Type) { self.type = type }

    public var description: KindDescription { type.description }

    /// The handle a call returns.
    public var resultType: BundleType { type.bundleTypeOfResult }

    /// The declared fields in order.
    public var fields: [FieldDescription] { KindLayout.of(type).descriptions }

    /// The fields that a call can name, in order.
    public var callFields: [FieldDescription] { KindLayout.of(type).callFields }

    /// Those of them that read other units.
    var inputs: [FieldDescription] { KindLayout.of(type).inputs }

    /// Those of them that name files.
    var sources: [FieldDescription] { KindLayout.of(type).sources }

    private func boxes(of kind: any UnitKind) -> some Sequence<(String, FieldBox)> {
        let layout = KindLayout.of(type)
        return zip(layout.names, layout.boxes(of: kind))
    }

    /// The arguments that an instance holds now, by field name.
    func arguments(of kind: any UnitKind) -> [String: ArgumentValue] {
        let layout = KindLayout.of(type)
        var arguments = [String: ArgumentValue](minimumCapacity: layout.names.count)
        for (field, box) in zip(layout.descriptions, layout.boxes(of: kind)) {
            // Most fields of most calls are as declared, whose canonical form is known.
            arguments[field.name] = box.isUntouched ? field.defaultValue.map { .value($0) } : box.current
        }
        return arguments
    }

    /// An instance with `arguments` assigned by field name.
    ///
    /// - Throws: ``ArgumentError`` naming the field when a value does not fit or is missing.
    public func instantiate(_ arguments: [String: ArgumentValue]) throws -> any UnitKind {
        let kind = type.init()
        let layout = KindLayout.of(type)
        for (declared, field) in zip(layout.descriptions, layout.boxes(of: kind)) {
            let name = declared.name
            if let value = arguments[name] {
                if field.isUntouched, case .value(let given) = value, given == declared.defaultValue { continue }
                guard field.assign(value) else {
                    throw ArgumentError(argument: name, message: "'\(name)' must be \(field.type)")
                }
            } else if field.isUntouched ? declared.defaultValue == nil : field.current == nil {
                throw ArgumentError(argument: name, message: "missing argument '\(name)'")
            }
        }
        return kind
    }

    /// The instance that a worker runs: settings, resources and source paths from the unit; inputs are absent and read
    /// through the context.
    public func instantiate(for unit: WorkUnit) throws -> any UnitKind {
        let kind = type.init()
        for (name, field) in boxes(of: kind) {
            switch field.role {
            case .setting:
                if let value = unit.parameters[name] { _ = field.assign(.value(value)) }
            case .resource:
                if let value = unit.options[name] { _ = field.assign(.value(value)) }
            case .source:
                if let source = unit.sources.first(where: { $0.port == name }) {
                    _ = field.assign(.value(.string(source.path)))
                }
            case .input: break
            }
        }
        return kind
    }

    /// Makes the nodes of a call with these arguments.
    public func place(_ arguments: [String: ArgumentValue], label: CallLabel) throws -> Wiring {
        Self.place(try instantiate(arguments), label: label)
    }

    private static func place<Kind: UnitKind>(_ kind: Kind, label: CallLabel) -> Wiring {
        kind.place(label: label).wiring
    }
}

/// A value that cannot work, blamed on one argument.
public struct ArgumentError: Error, Hashable, CustomStringConvertible {
    /// The field's name; `nil` when the call as a whole is wrong.
    public let argument: String?
    /// What is wrong, with which value, and what to do.
    public let message: String

    public init(argument: String?, message: String) {
        self.argument = argument
        self.message = message
    }

    public var description: String { message }
}

/// The unit stopped because it was asked to, after saving a checkpoint if its kind does so.
public struct Interrupted: Error, CustomStringConvertible {
    public init() {}

    public var description: String { "it stopped before it was done" }
}

/// A unit while it is planned; everything a kind may still change.
public struct UnitDraft: Sendable {
    public var parameters: [String: CanonicalValue]
    public var sources: [SourceBinding]
    public var resources = ResourceRequest()
    public var estimate = WorkEstimate()
    public var isDeterministic: Bool
    /// Problems that do not stop the plan.
    public var warnings: [String] = []
}

/// What a kind may ask while it is planned.
public struct PlanContext: Sendable {
    /// Folder against which relative paths of the recipe are resolved.
    public let projectDirectory: String
    /// The units this one reads from, by port, already compiled.
    public let parents: [String: [WorkUnit]]
    private let digestFile: @Sendable (String) throws -> (digest: Digest, bytes: Int)

    public init(
        projectDirectory: String, parents: [String: [WorkUnit]],
        digestFile: @escaping @Sendable (String) throws -> (digest: Digest, bytes: Int)
    ) {
        self.projectDirectory = projectDirectory
        self.parents = parents
        self.digestFile = digestFile
    }

    /// `path` made absolute.
    public func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : projectDirectory + "/" + path
    }

    /// Digests a file (through the cache of source digests) and binds it to a port.
    public func source(_ path: String, port: String) throws -> SourceBinding {
        let full = absolute(path)
        let (digest, bytes) = try digestFile(full)
        return SourceBinding(port: port, path: full, digest: digest, bytes: bytes)
    }
}
