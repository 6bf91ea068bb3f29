public import Determinism

/// A parameter of the recipe: a plain value that `--set name=value` replaces.
///
/// ```swift
/// let steps = Parameter("steps", default: 400)          // --set steps=1200
/// ```
public func Parameter<Value: ParameterValue>(
    _ name: String, default value: Value, fileID: String = #fileID
) -> Value {
    ParameterRegistry.shared.declare(name, default: value, module: ParameterRegistry.module(ofFileID: fileID))
}

/// A parameter as it was declared and set: what locks record and `plan` compares.
public struct ParameterRecord: Hashable, Sendable, Codable {
    public let name: String
    /// The Swift type, such as `Int`.
    public let type: String
    public let value: CanonicalValue
    public let defaultValue: CanonicalValue

    public init(name: String, type: String, value: CanonicalValue, defaultValue: CanonicalValue) {
        self.name = name
        self.type = type
        self.value = value
        self.defaultValue = defaultValue
    }
}

/// A type that a parameter can have: it is read from the text after `name=`.
public protocol ParameterValue: RecipeConvertible {
    /// Reads the text of a command line; `nil` when it does not fit.
    init?(parameterText: String)
}

extension Int: ParameterValue {
    public init?(parameterText: String) { self.init(parameterText.filter { $0 != "_" }) }
}

extension Double: ParameterValue {
    public init?(parameterText: String) {
        guard let value = Double(parameterText.filter { $0 != "_" }), value.isFinite else { return nil }
        self = value
    }
}

extension Bool: ParameterValue {
    public init?(parameterText: String) { self.init(parameterText) }
}

extension String: ParameterValue {
    public init?(parameterText: String) { self = parameterText }
}

extension ByteCount: ParameterValue {
    /// Reads `1048576`, `64MiB`, `64.mebibytes`.
    public init?(parameterText: String) {
        let units: [(String, Int)] = [
            (".bytes", 1), (".kibibytes", 1 << 10), (".mebibytes", 1 << 20), (".gibibytes", 1 << 30), ("KiB", 1 << 10),
            ("MiB", 1 << 20), ("GiB", 1 << 30), ("B", 1), ("", 1),
        ]
        for (suffix, factor) in units where parameterText.hasSuffix(suffix) {
            guard let number = Int(parameterText: String(parameterText.dropLast(suffix.count))), number >= 0 else {
                continue
            }
            let (bytes, overflow) = number.multipliedReportingOverflow(by: factor)
            guard !overflow else { return nil }
            self.init(bytes)
            return
        }
        return nil
    }
}

extension TimeSpan: ParameterValue {
    /// Reads `90`, `90s`, `15min`, `2h`, `2.hours`.
    public init?(parameterText: String) {
        let units: [(String, Double)] = [
            (".seconds", 1), (".minutes", 60), (".hours", 3600), ("min", 60), ("h", 3600), ("s", 1), ("", 1),
        ]
        for (suffix, factor) in units where parameterText.hasSuffix(suffix) {
            guard let number = Double(parameterText: String(parameterText.dropLast(suffix.count))), number >= 0 else {
                continue
            }
            self.init(seconds: number * factor)
            return
        }
        return nil
    }
}

extension Array: ParameterValue where Element: ParameterValue {
    /// Reads `a,b,c`, with or without brackets; nothing at all is an empty list.
    public init?(parameterText: String) {
        var text = Substring(parameterText)
        if text.hasPrefix("["), text.hasSuffix("]"), text.count >= 2 { text = text.dropFirst().dropLast() }
        if text.isEmpty {
            self = []
            return
        }
        var elements: [Element] = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            let trimmed = String(word.drop { $0 == " " })
            guard let element = Element(parameterText: trimmed) else { return nil }
            elements.append(element)
        }
        self = elements
    }
}
