import Determinism
import Synchronization

/// A property wrapper of a unit kind: nothing but a reference to its box, so that ``KindLayout`` can find it.
protocol RecipeField {
    var box: FieldBox { get }
}

@usableFromInline
struct FieldAttributes: Sendable {
    var label: FieldLabel
    var help: String
    var bounds: ClosedRange<Double>?

    @usableFromInline
    init(label: FieldLabel, help: String, bounds: ClosedRange<Double>?) {
        self.label = label
        self.help = help
        self.bounds = bounds
    }
}

/// The storage of one field of one instance of a unit kind.
///
/// `@unchecked` because a class that others inherit from cannot be checked: every stored property here is constant, and the
/// subclasses touch theirs inside ``locked(_:)`` alone.
@usableFromInline
class FieldBox: @unchecked Sendable {
    let attributes: FieldAttributes
    let role: FieldRole

    @usableFromInline
    init(_ attributes: FieldAttributes, role: FieldRole) {
        self.attributes = attributes
        self.role = role
    }

    var type: RecipeType { preconditionFailure("abstract") }
    /// What the kind declares; asked of an instance that nobody has touched.
    var defaultValue: CanonicalValue? { nil }
    var current: ArgumentValue? { nil }
    // What follows is kept here and not beside the value: asking a generic subclass costs look-ups of its types.

    /// A setting, resource or source that was never set, so that it holds what its kind declares.
    final var isUntouched: Bool { role != .input && changes == 0 }
    /// How often the field was set.
    final var changes: Int { counter.load(ordering: .acquiring) }
    private let counter = Atomic<Int>(0)
    private let lock = Mutex(())

    final func locked<Result>(_ body: () -> Result) -> Result { lock.withLock { _ in body() } }

    /// Sets what the field holds.
    final func change(_ body: () -> Void) {
        counter.add(1, ordering: .acquiringAndReleasing)
        locked(body)
    }

    /// Returns whether the value fitted.
    func assign(_ value: ArgumentValue) -> Bool { false }
}

/// Storage of a setting, a resource or a source.
///
/// Its initializer is inlined into the kinds' modules: ten thousand calls of fifteen fields each make this the place where planning
/// spends its time, and only there are the types known.
@usableFromInline
final class ValueBox<Value: RecipeConvertible>: FieldBox, @unchecked Sendable {
    @usableFromInline var storage: Value?

    @inlinable
    init(_ standard: Value?, _ attributes: FieldAttributes, role: FieldRole) {
        storage = standard
        super.init(attributes, role: role)
    }

    var value: Value? {
        get { locked { storage } }
        set { change { storage = newValue } }
    }

    var required: Value {
        guard let value else { preconditionFailure("a required field of a unit kind was read before it was set") }
        return value
    }

    override var type: RecipeType { Value.recipeType }
    override var defaultValue: CanonicalValue? { isUntouched ? value?.canonical : nil }
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
    private var storage: Value?

    init(_ standard: Value?, _ attributes: FieldAttributes, isOptional: Bool) {
        self.isOptional = isOptional
        storage = standard
        super.init(attributes, role: .input)
    }

    var value: Value? {
        get { locked { storage } }
        set { change { storage = newValue } }
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
    private var storage: [NamedWiring] = []

    init(_ attributes: FieldAttributes) {
        super.init(attributes, role: .input)
    }

    var handles: [NamedWiring] {
        get { locked { storage } }
        set { change { storage = newValue } }
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
