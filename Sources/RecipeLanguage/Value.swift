import Determinism
import Recipes

/// A value while a recipe is evaluated.
indirect enum Value {
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case bytes(ByteCount)
    case span(TimeSpan)
    case list([Value], of: RecipeType)
    case dictionary([(key: String, value: Value)], of: RecipeType)
    /// Handles of several types by name; only a parameter that takes such a group gives a literal this form.
    case handles([(key: String, type: BundleType, wiring: Wiring)])
    case range(ClosedRange<Int>)
    /// `0..<3` and strides, which only a loop can use.
    case openRange(Range<Int>)
    case stride([Value])
    case enumeration(EnumerationType, CanonicalValue)
    case handle(BundleType, Wiring)
    case optional(Value?, of: RecipeType)
    case recipe(Recipe)
    /// The value of something already reported; silences what follows from it.
    case broken

    var isBroken: Bool {
        if case .broken = self { return true }
        return false
    }

    /// The type a field or parameter of this value has; `nil` for values that only live inside an expression.
    var type: RecipeType? {
        switch self {
        case .bool: .bool
        case .int: .int
        case .double: .double
        case .string: .string
        case .bytes: .byteCount
        case .span: .duration
        case .list(_, let element): .list(element)
        case .dictionary(_, let value): .dictionary(value)
        case .handles: .bundles
        case .range: .range
        case .enumeration(let type, _): .enumeration(type)
        case .handle(let type, _): .bundle(type)
        case .optional(_, let wrapped): .optional(wrapped)
        case .openRange, .stride, .recipe, .broken: nil
        }
    }

    /// The type's Swift name, for messages.
    var typeName: String {
        switch self {
        case .openRange: "Range<Int>"
        case .stride(let values): "StrideTo<\(values.first?.typeName ?? "Int")>"
        case .recipe: "Recipe"
        default: type.map { "\($0)" } ?? "a broken value"
        }
    }

    /// The canonical form of a value that is no handle.
    var canonical: CanonicalValue? {
        switch self {
        case .bool(let value): return .bool(value)
        case .int(let value): return value.canonical
        case .double(let value): return .double(value)
        case .string(let value): return .string(value)
        case .bytes(let value): return value.canonical
        case .span(let value): return value.canonical
        case .list(let values, _):
            var elements: [CanonicalValue] = []
            for value in values {
                guard let element = value.canonical else { return nil }
                elements.append(element)
            }
            return .list(elements)
        case .dictionary(let entries, _):
            var values: [String: CanonicalValue] = [:]
            for entry in entries {
                guard let value = entry.value.canonical else { return nil }
                values[entry.key] = value
            }
            return .map(values)
        case .range(let range): return range.canonical
        case .enumeration(_, let value): return value
        case .optional(let value, _): return value == nil ? .null : value?.canonical
        case .handles, .openRange, .stride, .handle, .recipe, .broken: return nil
        }
    }

    /// Whether the value can be given to a field of this type.
    func fits(_ wanted: RecipeType) -> Bool {
        if type == wanted { return true }
        switch (wanted, self) {
        case (.optional(let wrapped), _): return fits(wrapped)
        case (.bundles, .dictionary(let entries, _)): return entries.isEmpty
        default: return false
        }
    }

    /// What a field receives.
    var argument: ArgumentValue? {
        switch self {
        case .handle(_, let wiring): return .wiring(wiring)
        case .handles(let handles):
            let named = handles.map { NamedWiring(name: $0.key, type: $0.type, wiring: $0.wiring) }
            return .wirings(named.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) })
        case .optional(let value?, _): return value.argument
        default: return canonical.map { .value($0) }
        }
    }

    /// As `"\(value)"` writes it in Swift, for the values that can stand in a string.
    var interpolated: String? {
        switch self {
        case .bool(let value): "\(value)"
        case .int(let value): "\(value)"
        case .double(let value): "\(value)"
        case .string(let value): value
        default: nil
        }
    }
}
