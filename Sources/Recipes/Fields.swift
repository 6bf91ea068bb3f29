public import Determinism

/// The value of one field of a unit kind.
public enum ArgumentValue: Sendable {
    case value(CanonicalValue)
    case wiring(Wiring)
    /// Several handles by name, sorted by it.
    case wirings([NamedWiring])
}

/// What a field is for, which decides whether it counts in the key.
public enum FieldRole: Hashable, Sendable {
    /// Outputs of other units; producers and output names count in the key.
    case input
    /// A parameter that decides the result; counts in the key.
    case setting
    /// A path to a file or folder from outside; the content counts in the key, the path does not.
    case source
    /// Ranks, memory, retries and the like; never counts in the key.
    case resource
}

/// How an argument is written in a call.
public enum FieldLabel: Sendable {
    case labelled, unlabelled
    /// Not at all: the kind sets the field itself when it places its nodes, such as the index of a shard. It counts in
    /// the key like any other.
    case hidden
}

/// What is known of a field without an instance: the catalogue and the recipe reader work from these.
public struct FieldDescription: Hashable, Sendable {
    /// The property's name, which is also the argument's label unless ``isUnlabelled``.
    public let name: String
    public let isUnlabelled: Bool
    /// Not an argument of the call: the kind sets it when it places its nodes.
    public let isHidden: Bool
    public let role: FieldRole
    public let type: RecipeType
    /// Canonical default; `nil` when the argument is required.
    public let defaultValue: CanonicalValue?
    public let help: String
    /// Inclusive bounds of a number, or of every number of a list or range.
    public let bounds: ClosedRange<Double>?
}

/// A parameter that decides the result.
@propertyWrapper
public struct Setting<Value: RecipeConvertible>: RecipeField, Sendable {
    @usableFromInline let storage: ValueBox<Value>

    /// A field with a default.
    @inlinable
    public init(
        wrappedValue: Value, _ label: FieldLabel = .labelled, in bounds: ClosedRange<Double>? = nil, help: String
    ) {
        storage = ValueBox(wrappedValue, .init(label: label, help: help, bounds: bounds), role: .setting)
    }

    /// A required field.
    @inlinable
    public init(_ label: FieldLabel = .labelled, in bounds: ClosedRange<Double>? = nil, help: String) {
        storage = ValueBox(nil, .init(label: label, help: help, bounds: bounds), role: .setting)
    }

    public var wrappedValue: Value {
        get { storage.required }
        nonmutating set { storage.value = newValue }
    }

    var box: FieldBox { storage }
}

/// An option that never counts in the key: ranks, memory, retries.
@propertyWrapper
public struct Resource<Value: RecipeConvertible>: RecipeField, Sendable {
    @usableFromInline let storage: ValueBox<Value>

    /// Resources always have a default.
    @inlinable
    public init(
        wrappedValue: Value, _ label: FieldLabel = .labelled, in bounds: ClosedRange<Double>? = nil, help: String
    ) {
        storage = ValueBox(wrappedValue, .init(label: label, help: help, bounds: bounds), role: .resource)
    }

    public var wrappedValue: Value {
        get { storage.required }
        nonmutating set { storage.value = newValue }
    }

    var box: FieldBox { storage }
}

/// A path to a file or folder outside the graph.
@propertyWrapper
public struct Source: RecipeField, Sendable {
    @usableFromInline let storage: ValueBox<String>

    /// A required path.
    public init(_ label: FieldLabel = .labelled, help: String) {
        storage = ValueBox(nil, .init(label: label, help: help, bounds: nil), role: .source)
    }

    public var wrappedValue: String {
        get { storage.required }
        nonmutating set { storage.value = newValue }
    }

    var box: FieldBox { storage }
}

/// Outputs of other units.
///
/// Optional inputs have type `Bundle?`.
@propertyWrapper
public struct Input<Value: OptionalBundle>: RecipeField, Sendable {
    private let storage: InputBox<Value>

    /// A required input.
    public init(_ label: FieldLabel = .labelled, help: String) where Value: PortBundle {
        storage = InputBox(nil, .init(label: label, help: help, bounds: nil), isOptional: false)
    }

    /// An input that may be absent.
    public init(wrappedValue: Value, _ label: FieldLabel = .labelled, help: String)
    where Value: ExpressibleByNilLiteral {
        storage = InputBox(wrappedValue, .init(label: label, help: help, bounds: nil), isOptional: true)
    }

    public var wrappedValue: Value {
        get { storage.required }
        nonmutating set { storage.value = newValue }
    }

    var box: FieldBox { storage }
}

/// A handle or an absent handle; conformed to by every ``PortBundle`` and by optionals of them.
public protocol OptionalBundle: Sendable {
    static var fieldType: RecipeType { get }
    var optionalWiring: Wiring? { get }
    init?(optionalWiring: Wiring?)
}

extension PortBundle {
    public static var fieldType: RecipeType { .bundle(bundleType) }
    public var optionalWiring: Wiring? { wiring }
    public init?(optionalWiring: Wiring?) {
        guard let optionalWiring else { return nil }
        self.init(wiring: optionalWiring)
    }
}

extension Optional: OptionalBundle where Wrapped: PortBundle {
    public static var fieldType: RecipeType { .optional(.bundle(Wrapped.bundleType)) }
    public var optionalWiring: Wiring? { self?.wiring }
    public init?(optionalWiring: Wiring?) {
        self = optionalWiring.map { Wrapped(wiring: $0) }
    }
}
