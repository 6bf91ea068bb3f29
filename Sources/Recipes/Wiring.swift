public import WorkGraph
import Synchronization

/// One output of one node of a recipe.
public struct PortReference: Sendable {
    public let node: UnitNode
    public let output: String

    public init(node: UnitNode, output: String) {
        self.node = node
        self.output = output
    }
}

/// What one call in a recipe produced: named members, each a list of outputs, and the call itself.
public struct Wiring: Sendable {
    /// Outputs by member name; sharded members hold several.
    public let members: [String: [PortReference]]
    /// The call these came from, which carries name and location.
    public let call: UnitCall

    public init(members: [String: [PortReference]], call: UnitCall) {
        self.members = members
        self.call = call
    }

    /// The members whose names start with `view.`, without that prefix.
    public func view(_ view: String) -> Wiring {
        var inner: [String: [PortReference]] = [:]
        for (name, parts) in members where name.hasPrefix(view + ".") {
            inner[String(name.dropFirst(view.count + 1))] = parts
        }
        return Wiring(members: inner, call: call)
    }
}

/// The type of a handle: which members it has and which smaller handles can be read from it.
public struct BundleType: Hashable, Sendable {
    /// The handle's Swift name, such as `EpisodeSplit`.
    public let name: String
    public let members: [Member]
    public let views: [View]

    /// One member.
    public struct Member: Hashable, Sendable {
        public let name: String
        public let type: PortType
        public init(_ name: String, _ type: PortType) {
            self.name = name
            self.type = type
        }
    }

    /// A smaller handle, such as `training` of a split.
    public struct View: Hashable, Sendable {
        public let name: String
        public let type: BundleType
        public init(_ name: String, _ type: BundleType) {
            self.name = name
            self.type = type
        }
    }

    /// A handle with members of its own.
    public init(name: String, members: [Member]) {
        self.name = name
        self.members = members
        views = []
    }

    /// A handle that consists of smaller ones, whose members are prefixed with the view's name and a dot.
    public init(name: String, views: [View]) {
        self.name = name
        self.views = views
        members = views.flatMap { view in view.type.members.map { Member("\(view.name).\($0.name)", $0.type) } }
    }
}

/// A handle on the outputs of a call, typed so that wiring the wrong thing is a compile error and a diagnostic.
public protocol PortBundle: OptionalBundle {
    static var bundleType: BundleType { get }
    var wiring: Wiring { get }
    init(wiring: Wiring)
}

extension PortBundle {
    /// Names the units of the call this handle came from.
    public func named(_ name: String) -> Self {
        wiring.call.label.setName(name)
        return self
    }
}

/// Name and place of one call; shared by the nodes it made.
public final class CallLabel: Sendable {
    private struct State {
        var name: String?
        var isExplicit = false
        var location: RecipeLocation?
        var arguments: [String: RecipeLocation]
    }

    private let state: Mutex<State>
    /// The kind that was called, which names the units of a call without a name; those units may be of other kinds.
    let kind: String?

    public init(
        name: String? = nil, kind: String? = nil, location: RecipeLocation? = nil,
        arguments: [String: RecipeLocation] = [:]
    ) {
        self.kind = kind
        state = Mutex(State(name: name, location: location, arguments: arguments))
    }

    /// Whether the name was given by `.named`; two calls with one such name are an error.
    package var isExplicit: Bool { state.withLock { $0.isExplicit } }

    /// Gives the name that `.named` asks for.
    package func setName(_ name: String) {
        state.withLock {
            $0.name = name
            $0.isExplicit = true
        }
    }

    /// Gives a name unless there is one already.
    package func suggestName(_ name: String) {
        state.withLock { if $0.name == nil { $0.name = name } }
    }

    /// The name given by `.named` or by the binding in a recipe file.
    public var name: String? {
        get { state.withLock { $0.name } }
        set { state.withLock { $0.name = newValue } }
    }

    public var location: RecipeLocation? {
        get { state.withLock { $0.location } }
        set { state.withLock { $0.location = newValue } }
    }

    /// Where each argument stands, by label (`_` and the position for unlabelled ones is resolved to the field's name).
    public var argumentLocations: [String: RecipeLocation] {
        get { state.withLock { $0.arguments } }
        set { state.withLock { $0.arguments = newValue } }
    }
}

/// One call of a unit kind in a recipe.
public struct UnitCall: Sendable {
    public let label: CallLabel
    public let nodes: [UnitNode]

    public init(label: CallLabel, nodes: [UnitNode]) {
        self.label = label
        self.nodes = nodes
    }
}

/// One future unit: a kind and its arguments, before compilation gives it a key.
///
/// `@unchecked` because ``arguments`` and the instance change once: when nobody else holds the node any more.
public final class UnitNode: @unchecked Sendable {
    public let kind: AnyUnitKind
    /// Arguments by field name, defaults filled in.
    public private(set) var arguments: [String: ArgumentValue]
    public let outputs: [OutputDeclaration]
    public let label: CallLabel
    /// What distinguishes the nodes of one call, such as `shard-3`.
    public let part: String?
    /// What ``arguments`` were read from.
    private var instance: KindInstance?

    public convenience init(
        kind: AnyUnitKind, arguments: [String: ArgumentValue], outputs: [OutputDeclaration], label: CallLabel,
        part: String?
    ) {
        self.init(kind: kind, arguments: arguments, outputs: outputs, label: label, part: part, instance: nil)
    }

    init(
        kind: AnyUnitKind, arguments: [String: ArgumentValue], outputs: [OutputDeclaration], label: CallLabel,
        part: String?, instance: KindInstance?
    ) {
        self.kind = kind
        self.arguments = arguments
        self.outputs = outputs
        self.label = label
        self.part = part
        self.instance = instance
    }

    /// An instance of the kind with ``arguments``.
    ///
    /// - Throws: ``ArgumentError`` naming the field when a value does not fit or is missing.
    func instantiated() throws -> any UnitKind {
        if let placed = instance?.unchanged { return placed }
        return try kind.instantiate(arguments)
    }

    /// Lets go of the nodes this one reads from one after the other: left to itself, the end of a chain of ten thousand
    /// nodes would recurse through all of them.
    deinit {
        var pending = takeProducers()
        while var node = pending.popLast() {
            if isKnownUniquelyReferenced(&node) { pending += node.takeProducers() }
        }
    }

    private func takeProducers() -> [UnitNode] {
        var producers: [UnitNode] = []
        for value in arguments.values {
            switch value {
            case .value: break
            case .wiring(let wiring): producers += wiring.everyNode
            case .wirings(let handles): for handle in handles { producers += handle.wiring.everyNode }
            }
        }
        if !producers.isEmpty {
            arguments = [:]
            instance = nil
        }
        return producers
    }
}

extension Wiring {
    /// The nodes of members and call, in no order and with repetitions.
    fileprivate var everyNode: [UnitNode] {
        members.values.flatMap { $0.map(\.node) } + call.nodes
    }
}
