public import Determinism
import Synchronization

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

/// Access to a field through its wrapper.
protocol RecipeField {
    var attributes: FieldAttributes { get }
    var role: FieldRole { get }
    var type: RecipeType { get }
    var defaultValue: CanonicalValue? { get }
    var current: ArgumentValue? { get }
    /// Returns whether the value fitted.
    func assign(_ value: ArgumentValue) -> Bool
}

struct FieldAttributes: Sendable {
    var label: FieldLabel
    var help: String
    var bounds: ClosedRange<Double>?
}

/// How an argument is written in a call.
public enum FieldLabel: Sendable {
    case labelled, unlabelled
    /// Not at all: the kind sets the field itself when it places its nodes, such as the index of a shard. It counts in
    /// the key like any other.
    case hidden
}

final class FieldBox<Value: Sendable>: Sendable {
    private let storage: Mutex<Value?>
    init(_ value: Value?) { storage = Mutex(value) }
    var value: Value? {
        get { storage.withLock { $0 } }
        set { storage.withLock { $0 = newValue } }
    }
    var required: Value {
        guard let value else { preconditionFailure("a required field of a unit kind was read before it was set") }
        return value
    }
}

/// A parameter that decides the result.
@propertyWrapper
public struct Setting<Value: RecipeConvertible>: RecipeField, Sendable {
    let attributes: FieldAttributes
    let box: FieldBox<Value>
    let defaultValue: CanonicalValue?

    /// A field with a default.
    public init(
        wrappedValue: Value, _ label: FieldLabel = .labelled, in bounds: ClosedRange<Double>? = nil, help: String
    ) {
        attributes = FieldAttributes(label: label, help: help, bounds: bounds)
        box = FieldBox(wrappedValue)
        defaultValue = wrappedValue.canonical
    }

    /// A required field.
    public init(_ label: FieldLabel = .labelled, in bounds: ClosedRange<Double>? = nil, help: String) {
        attributes = FieldAttributes(label: label, help: help, bounds: bounds)
        box = FieldBox(nil)
        defaultValue = nil
    }

    public var wrappedValue: Value {
        get { box.required }
        nonmutating set { box.value = newValue }
    }

    var role: FieldRole { .setting }
    var type: RecipeType { Value.recipeType }
    var current: ArgumentValue? { box.value.map { .value($0.canonical) } }
    func assign(_ value: ArgumentValue) -> Bool {
        guard case .value(let canonical) = value, let value = Value(canonical: canonical) else { return false }
        box.value = value
        return true
    }
}

/// An option that never counts in the key: ranks, memory, retries.
@propertyWrapper
public struct Resource<Value: RecipeConvertible>: RecipeField, Sendable {
    let attributes: FieldAttributes
    let box: FieldBox<Value>
    let defaultValue: CanonicalValue?

    /// Resources always have a default.
    public init(
        wrappedValue: Value, _ label: FieldLabel = .labelled, in bounds: ClosedRange<Double>? = nil, help: String
    ) {
        attributes = FieldAttributes(label: label, help: help, bounds: bounds)
        box = FieldBox(wrappedValue)
        defaultValue = wrappedValue.canonical
    }

    public var wrappedValue: Value {
        get { box.required }
        nonmutating set { box.value = newValue }
    }

    var role: FieldRole { .resource }
    var type: RecipeType { Value.recipeType }
    var current: ArgumentValue? { box.value.map { .value($0.canonical) } }
    func assign(_ value: ArgumentValue) -> Bool {
        guard case .value(let canonical) = value, let value = Value(canonical: canonical) else { return false }
        box.value = value
        return true
    }
}

/// A path to a file or folder outside the graph.
@propertyWrapper
public struct Source: RecipeField, Sendable {
    let attributes: FieldAttributes
    let box: FieldBox<String>

    /// A required path.
    public init(_ label: FieldLabel = .labelled, help: String) {
        attributes = FieldAttributes(label: label, help: help, bounds: nil)
        box = FieldBox(nil)
    }

    public var wrappedValue: String {
        get { box.required }
        nonmutating set { box.value = newValue }
    }

    var role: FieldRole { .source }
    var type: RecipeType { .string }
    var defaultValue: CanonicalValue? { nil }
    var current: ArgumentValue? { box.value.map { .value(.string($0)) } }
    func assign(_ value: ArgumentValue) -> Bool {
        guard case .value(.string(let path)) = value else { return false }
        box.value = path
        return true
    }
}

/// Outputs of other units; optional inputs have type `Bundle?`.
@propertyWrapper
public struct Input<Value: OptionalBundle>: RecipeField, Sendable {
    let attributes: FieldAttributes
    let box: FieldBox<Value>
    let defaultValue: CanonicalValue?

    /// A required input.
    public init(_ label: FieldLabel = .labelled, help: String) where Value: PortBundle {
        attributes = FieldAttributes(label: label, help: help, bounds: nil)
        box = FieldBox(nil)
        defaultValue = nil
    }

    /// An input that may be absent.
    public init(wrappedValue: Value, _ label: FieldLabel = .labelled, help: String)
    where Value: ExpressibleByNilLiteral {
        attributes = FieldAttributes(label: label, help: help, bounds: nil)
        box = FieldBox(wrappedValue)
        defaultValue = .null
    }

    public var wrappedValue: Value {
        get { box.required }
        nonmutating set { box.value = newValue }
    }

    var role: FieldRole { .input }
    var type: RecipeType { Value.fieldType }
    var current: ArgumentValue? { box.value.map { $0.optionalWiring.map { .wiring($0) } ?? .value(.null) } }
    func assign(_ value: ArgumentValue) -> Bool {
        switch value {
        case .wiring(let wiring):
            box.value = Value(optionalWiring: wiring)
            return true
        case .value(.null) where defaultValue != nil:
            box.value = Value(optionalWiring: nil)
            return true
        case .value, .wirings: return false
        }
    }
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
