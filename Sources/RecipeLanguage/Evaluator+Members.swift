import Determinism
import Recipes
import WorkGraph

extension Evaluator {
    private static let byteUnits = ["bytes": 1, "kibibytes": 1 << 10, "mebibytes": 1 << 20, "gibibytes": 1 << 30]
    private static let timeUnits = ["seconds": 1.0, "minutes": 60.0, "hours": 3600.0]

    mutating func member(
        _ name: String, of base: Expression?, _ expected: RecipeType?, at location: RecipeLocation
    ) -> Value {
        guard let base else { return enumerationCase(name, nil, expected, at: location) }
        if let type = typeName(of: base) {
            if case .enumeration? = types[type] { return enumerationCase(name, nil, types[type], at: location) }
            report("'\(type).\(name)' is not read in recipe files", at: location)
            return .broken
        }
        let value = evaluate(base, expecting: nil)
        switch value {
        case .broken: return .broken
        case .handle(let type, let wiring): return view(name, of: type, wiring, base, at: location)
        case .int(let number): return measured(number, name, at: location)
        case .double(let number):
            if let factor = Self.timeUnits[name] { return .span(TimeSpan(seconds: number * factor)) }
            return unknownMember(name, "Double", Self.timeUnits.keys.sorted(), at: location)
        case .list(let values, _):
            if name == "count" { return .int(values.count) }
            if name == "isEmpty" { return .bool(values.isEmpty) }
            return unknownMember(name, value.typeName, ["count", "isEmpty"], at: location)
        case .range(let range):
            if name == "lowerBound" { return .int(range.lowerBound) }
            if name == "upperBound" { return .int(range.upperBound) }
            return unknownMember(name, value.typeName, ["lowerBound", "upperBound"], at: location)
        default: return unknownMember(name, value.typeName, [], at: location)
        }
    }

    private mutating func unknownMember(
        _ name: String, _ type: String, _ known: [String], at location: RecipeLocation
    ) -> Value {
        var message = "\(type) has no member '\(name)'."
        let hint = NearestName.hint(name, among: known)
        if !hint.isEmpty {
            message += hint
        } else if !known.isEmpty {
            message += " It has \(known.joined(separator: ", "))."
        }
        report(message, at: location)
        return .broken
    }

    private mutating func view(
        _ name: String, of type: BundleType, _ wiring: Wiring, _ base: Expression, at location: RecipeLocation
    ) -> Value {
        if let view = type.views.first(where: { $0.name == name }) { return .handle(view.type, wiring.view(name)) }
        return unknownMember(name, type.name, type.views.map(\.name), at: location)
    }

    private mutating func measured(_ number: Int, _ unit: String, at location: RecipeLocation) -> Value {
        if let factor = Self.timeUnits[unit] { return .span(TimeSpan(seconds: Double(number) * factor)) }
        guard let factor = Self.byteUnits[unit] else {
            let known = Self.byteUnits.keys.sorted() + Self.timeUnits.keys.sorted()
            var message = "there is no unit of measure '\(unit)'."
            let hint = NearestName.hint(unit, among: known)
            message += hint.isEmpty ? " There are \(known.joined(separator: ", "))." : hint
            report(message, at: location)
            return .broken
        }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: factor)
        guard !overflow else {
            reportIfLive("\(number).\(unit) is too large for 64 bits", at: location)
            return .broken
        }
        return .bytes(ByteCount(bytes))
    }

    /// The name of a type that an expression writes, such as `Rejection` in `Rejection.frozen`.
    func typeName(of expression: Expression) -> String? {
        guard let name = dotted(expression, parts: 3), types[name] != nil else { return nil }
        let first = String(name.prefix { $0 != "." })
        let isShadowed = globals[first] != nil || scopes.contains { $0.bindings[first] != nil }
        return isShadowed ? nil : name
    }

    /// The dotted name that an expression is, if it has at most so many parts; no type has more.
    private func dotted(_ expression: Expression, parts: Int) -> String? {
        switch expression.kind {
        case .name(let name): name
        case .member(let base?, let name) where parts > 1: dotted(base, parts: parts - 1).map { "\($0).\(name)" }
        default: nil
        }
    }

    /// `.jerk(sigma: 6)`; `arguments` is `nil` where no parentheses were written.
    mutating func enumerationCase(
        _ name: String, _ call: Call?, _ expected: RecipeType?, at location: RecipeLocation
    ) -> Value {
        guard case .enumeration(let type)? = expected else {
            for argument in call?.arguments ?? [] { _ = evaluate(argument.value, expecting: nil) }
            if let expected {
                report("'.\(name)' cannot stand here: \(expected.withArticle) is expected", at: location)
            } else {
                report("'.\(name)' needs a place that tells its type; write the type before the dot", at: location)
            }
            return .broken
        }
        guard let found = type.cases.first(where: { $0.name == name }) else {
            for argument in call?.arguments ?? [] { _ = evaluate(argument.value, expecting: nil) }
            let names = type.cases.map(\.name)
            let hint = NearestName.hint(name, among: names)
            let choice = hint.isEmpty ? " There are \(names.map { "." + $0 }.joined(separator: ", "))." : hint
            report("\(type.name) has no case '\(name)'.\(choice)", at: location)
            return .broken
        }
        let arguments = call?.arguments ?? []
        let pattern = found.payload.map { ($0.label.map { "\($0): " } ?? "") + "\($0.type)" }.joined(separator: ", ")
        guard arguments.count == found.payload.count, (call == nil) == found.payload.isEmpty else {
            for argument in arguments { _ = evaluate(argument.value, expecting: nil) }
            report("'.\(name)' is written .\(name)\(pattern.isEmpty ? "" : "(\(pattern))")", at: location)
            return .broken
        }
        var encoded: [String: CanonicalValue] = ["case": .string(name)]
        var isBroken = false
        for (position, (argument, payload)) in zip(arguments, found.payload).enumerated() {
            let value = evaluate(argument.value, expecting: payload.type)
            if value.isBroken {
                isBroken = true
            } else if argument.label != payload.label {
                report("'.\(name)' is written .\(name)(\(pattern))", at: argument.location)
                isBroken = true
            } else if !value.fits(payload.type) {
                report(
                    "'.\(name)' holds \(payload.type); '\(argument.text)' is \(value.typeName)", at: argument.location)
                isBroken = true
            } else {
                encoded[payload.label ?? "_\(position)"] = value.canonical ?? .null
            }
        }
        return isBroken ? .broken : .enumeration(type, .map(encoded))
    }
}
