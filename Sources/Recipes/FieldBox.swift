import Determinism
import Synchronization

/// A property wrapper of a unit kind: nothing but a reference to its box, so that ``KindLayout`` can find it.
protocol RecipeField {
    var box: FieldBox { get }
}

struct FieldAttributes: Sendable {
    var label: FieldLabel
    var help: String
    var bounds: ClosedRange<Double>?
}

/// The storage of one field of one instance of a unit kind.
///
/// `@unchecked` because a class that others inherit from cannot be checked: every stored property here is constant, and the
/// subclasses guard theirs with a `Mutex`.
class FieldBox: @unchecked Sendable {
    let attributes: FieldAttributes
    let role: FieldRole

    init(_ attributes: FieldAttributes, role: FieldRole) {
        self.attributes = attributes
        self.role = role
    }

    var type: RecipeType { preconditionFailure("abstract") }
    var defaultValue: CanonicalValue? { nil }
    var current: ArgumentValue? { nil }
    /// A setting, resource or source that was never set, so that it holds what its kind declares.
    ///
    /// Kept here and not beside the value: asking a generic subclass costs a look-up of its type.
    final var isUntouched: Bool { role != .input && !wasSet.load(ordering: .acquiring) }
    private let wasSet = Atomic<Bool>(false)
    final func noteSet() { wasSet.store(true, ordering: .releasing) }
    /// Returns whether the value fitted.
    func assign(_ value: ArgumentValue) -> Bool { false }
}

/// Storage of a setting, a resource or a source.
final class ValueBox<Value: RecipeConvertible>: FieldBox, @unchecked Sendable {
    private let standard: Value?
    private let storage: Mutex<Value?>

    init(_ standard: Value?, _ attributes: FieldAttributes, role: FieldRole) {
        self.standard = standard
        storage = Mutex(standard)
        super.init(attributes, role: role)
    }

    var value: Value? {
        get { storage.withLock { $0 } }
        set {
            noteSet()
            storage.withLock { $0 = newValue }
        }
    }

    var required: Value {
        guard let value else { preconditionFailure("a required field of a unit kind was read before it was set") }
        return value
    }

    override var type: RecipeType { Value.recipeType }
    override var defaultValue: CanonicalValue? { standard?.canonical }
    override var current: ArgumentValue? { value.map { .value($0.canonical) } }

    override func assign(_ argument: ArgumentValue) -> Bool {
        guard case .value(let canonical) = argument, let fitting = Value(canonical: canonical) else { return false }
        value = fitting
        return true
    }
}

/// Storage of an input.
final class InputBox<Value: OptionalBundle>: FieldBox, @unchecked Sendable {
    private let isOptional: Bool
    private let storage: Mutex<Value?>

    init(_ standard: Value?, _ attributes: FieldAttributes, isOptional: Bool) {
        self.isOptional = isOptional
        storage = Mutex(standard)
        super.init(attributes, role: .input)
    }

    var value: Value? {
        get { storage.withLock { $0 } }
        set { storage.withLock { $0 = newValue } }
    }

    var required: Value {
        guard let value else { preconditionFailure("a required input of a unit kind was read before it was set") }
        return value
    }

    override var type: RecipeType { Value.fieldType }
    override var defaultValue: CanonicalValue? { isOptional ? .null : nil }
    override var current: ArgumentValue? { value.map { $0.optionalWiring.map { .wiring($0) } ?? .value(.null) } }

    override func assign(_ argument: ArgumentValue) -> Bool {
        switch argument {
        case .wiring(let wiring): value = Value(optionalWiring: wiring)
        case .value(.null) where isOptional: value = Value(optionalWiring: nil)
        case .value, .wirings: return false
        }
        return true
    }
}

/// Storage of a group of inputs, sorted by name so that nothing follows the order of a dictionary.
final class InputsBox: FieldBox, @unchecked Sendable {
    private let storage = Mutex<[NamedWiring]>([])

    init(_ attributes: FieldAttributes) {
        super.init(attributes, role: .input)
    }

    var handles: [NamedWiring] {
        get { storage.withLock { $0 } }
        set { storage.withLock { $0 = newValue } }
    }

    override var type: RecipeType { .bundles }
    override var defaultValue: CanonicalValue? { .map([:]) }
    override var current: ArgumentValue? { .wirings(handles) }

    override func assign(_ argument: ArgumentValue) -> Bool {
        switch argument {
        case .wirings(let named): handles = named
        case .value(.map(let entries)) where entries.isEmpty: handles = []
        case .value, .wiring: return false
        }
        return true
    }
}
