public import Determinism

/// A value that a recipe can hold: it has a type for diagnostics and one canonical form for keys and wires.
///
/// Enumerations encode as `.map(["case": .string(name), "<label or _0>": payload…])`.
public protocol RecipeConvertible: Sendable {
    static var recipeType: RecipeType { get }
    /// Reads the canonical form back; `nil` when it has another shape.
    init?(canonical: CanonicalValue)
    var canonical: CanonicalValue { get }
}

extension Bool: RecipeConvertible {
    public static var recipeType: RecipeType { .bool }
    public init?(canonical: CanonicalValue) {
        guard case .bool(let value) = canonical else { return nil }
        self = value
    }
    public var canonical: CanonicalValue { .bool(self) }
}

extension Int: RecipeConvertible {
    public static var recipeType: RecipeType { .int }
    public init?(canonical: CanonicalValue) {
        guard case .int(let value) = canonical else { return nil }
        self = Int(value)
    }
    public var canonical: CanonicalValue { .int(Int64(self)) }
}

extension Double: RecipeConvertible {
    public static var recipeType: RecipeType { .double }
    public init?(canonical: CanonicalValue) {
        guard case .double(let value) = canonical else { return nil }
        self = value
    }
    public var canonical: CanonicalValue { .double(self) }
}

extension String: RecipeConvertible {
    public static var recipeType: RecipeType { .string }
    public init?(canonical: CanonicalValue) {
        guard case .string(let value) = canonical else { return nil }
        self = value
    }
    public var canonical: CanonicalValue { .string(self) }
}

extension Array: RecipeConvertible where Element: RecipeConvertible {
    public static var recipeType: RecipeType { .list(Element.recipeType) }
    public init?(canonical: CanonicalValue) {
        guard case .list(let values) = canonical else { return nil }
        var elements: [Element] = []
        for value in values {
            guard let element = Element(canonical: value) else { return nil }
            elements.append(element)
        }
        self = elements
    }
    public var canonical: CanonicalValue { .list(map { $0.canonical }) }
}

extension Dictionary: RecipeConvertible where Key == String, Value: RecipeConvertible {
    public static var recipeType: RecipeType { .dictionary(Value.recipeType) }
    public init?(canonical: CanonicalValue) {
        guard case .map(let values) = canonical else { return nil }
        var entries: [String: Value] = [:]
        for (key, value) in values {
            guard let entry = Value(canonical: value) else { return nil }
            entries[key] = entry
        }
        self = entries
    }
    public var canonical: CanonicalValue { .map(mapValues { $0.canonical }) }
}

extension Optional: RecipeConvertible where Wrapped: RecipeConvertible {
    public static var recipeType: RecipeType { .optional(Wrapped.recipeType) }
    public init?(canonical: CanonicalValue) {
        if canonical == .null {
            self = .none
        } else if let value = Wrapped(canonical: canonical) {
            self = .some(value)
        } else {
            return nil
        }
    }
    public var canonical: CanonicalValue { self?.canonical ?? .null }
}

extension ClosedRange: RecipeConvertible where Bound == Int {
    public static var recipeType: RecipeType { .range }
    public init?(canonical: CanonicalValue) {
        guard case .list(let ends) = canonical, ends.count == 2, case .int(let low) = ends[0],
            case .int(let high) = ends[1], low <= high
        else { return nil }
        self = Int(low)...Int(high)
    }
    public var canonical: CanonicalValue { .list([.int(Int64(lowerBound)), .int(Int64(upperBound))]) }
}

/// A number of bytes, written `64.mebibytes` in a recipe.
public struct ByteCount: Hashable, Sendable, Comparable, RecipeConvertible, ExpressibleByIntegerLiteral {
    public let bytes: Int
    public init(_ bytes: Int) { self.bytes = bytes }
    public init(integerLiteral bytes: Int) { self.bytes = bytes }
    public static func < (left: ByteCount, right: ByteCount) -> Bool { left.bytes < right.bytes }
    public static var recipeType: RecipeType { .byteCount }
    public init?(canonical: CanonicalValue) {
        guard let bytes = Int(canonical: canonical) else { return nil }
        self.init(bytes)
    }
    public var canonical: CanonicalValue { bytes.canonical }
}

/// A span of time, written `2.hours` in a recipe.
public struct TimeSpan: Hashable, Sendable, Comparable, RecipeConvertible {
    public let seconds: Double
    public init(seconds: Double) { self.seconds = seconds }
    public static func < (left: TimeSpan, right: TimeSpan) -> Bool { left.seconds < right.seconds }
    public static var recipeType: RecipeType { .duration }
    public init?(canonical: CanonicalValue) {
        guard let seconds = Double(canonical: canonical) else { return nil }
        self.init(seconds: seconds)
    }
    public var canonical: CanonicalValue { seconds.canonical }
}

extension Int {
    public var bytes: ByteCount { ByteCount(self) }
    public var kibibytes: ByteCount { ByteCount(self * 1_024) }
    public var mebibytes: ByteCount { ByteCount(self * 1_048_576) }
    public var gibibytes: ByteCount { ByteCount(self * 1_073_741_824) }
    public var seconds: TimeSpan { TimeSpan(seconds: Double(self)) }
    public var minutes: TimeSpan { TimeSpan(seconds: Double(self) * 60) }
    public var hours: TimeSpan { TimeSpan(seconds: Double(self) * 3600) }
}

extension Double {
    public var seconds: TimeSpan { TimeSpan(seconds: self) }
    public var minutes: TimeSpan { TimeSpan(seconds: self * 60) }
    public var hours: TimeSpan { TimeSpan(seconds: self * 3600) }
}
