import Determinism
import Recipes
import WorkGraph

extension Evaluator {
    /// The value of an expression; literals take the expected type where Swift would give it to them.
    ///
    /// The result need not have the expected type: whoever expects it says so in the words of the place.
    mutating func evaluate(_ expression: Expression, expecting expected: RecipeType?) -> Value {
        guard mayGoOn(at: expression.location) else { return .broken }
        guard depth < Self.deepestNesting else {
            report("this expression is nested too deeply", at: expression.location)
            return .broken
        }
        depth += 1
        defer { depth -= 1 }
        if case .optional(let wrapped)? = expected {
            if case .absent = expression.kind { return .optional(nil, of: wrapped) }
            return evaluate(expression, expecting: wrapped)
        }
        switch expression.kind {
        case .integer(let value, let double): return integer(value, double, expected, at: expression.location)
        case .float(let value): return .double(value)
        case .bool(let value): return .bool(value)
        case .absent:
            report("'nil' stands only where an optional is expected", at: expression.location)
            return .broken
        case .string(let segments): return string(segments)
        case .name(let name): return value(of: name, at: expression.location)
        case .member(let base, let name): return member(name, of: base, expected, at: expression.location)
        case .call(let call): return evaluate(call, expected, at: expression.location)
        case .element(let base, let index): return element(of: base, index)
        case .array(let elements): return array(elements, expected, at: expression.location)
        case .emptyArray(let type):
            return types.resolve(type, report: { report($0, at: $1) }).map { .list([], of: $0) } ?? .broken
        case .dictionary(let entries): return dictionary(entries, expected, at: expression.location)
        case .negative(let operand): return negative(operand, expected, at: expression.location)
        case .not(let operand): return evaluateCondition(operand).map { .bool(!$0) } ?? .broken
        case .binary(let symbol, let left, let right, let place):
            return binary(symbol, left, right, expected, at: place)
        case .ternary(let condition, let then, let otherwise):
            return ternary(condition, then, otherwise, expected, at: expression.location)
        case .typed(let value, let written): return typed(value, written)
        case .broken: return .broken
        }
    }

    // MARK: Names

    private mutating func value(of name: String, at location: RecipeLocation) -> Value {
        for scope in scopes.reversed() {
            if let binding = scope.bindings[name] {
                used.insert(binding.location)
                return binding.value
            }
        }
        if let value = global(name) {
            if let place = globals[name]?.declaration.location { used.insert(place) }
            return value
        }
        if catalogue[name] != nil || Self.functions.contains(name) {
            report("'\(name)' is called with parentheses: \(name)(…)", at: location)
        } else {
            report("there is no '\(name)' here.\(NearestName.hint(name, among: visibleNames))", at: location)
        }
        return .broken
    }

    /// Names of values in reach, innermost first.
    var visibleNames: [String] {
        scopes.reversed().flatMap { $0.bindings.keys.sorted() } + globals.keys.sorted()
    }

    // MARK: Literals

    private mutating func integer(
        _ value: Int?, _ double: Double, _ expected: RecipeType?, at location: RecipeLocation
    ) -> Value {
        if expected == .double, double.isFinite { return .double(double) }
        guard let value else {
            report("this integer is too large for 64 bits", at: location)
            return .broken
        }
        return expected == .byteCount ? .bytes(ByteCount(value)) : .int(value)
    }

    private mutating func string(_ segments: [Expression.Segment]) -> Value {
        var text = ""
        var isBroken = false
        for segment in segments {
            switch segment {
            case .text(let part): text += part
            case .value(let expression):
                let value = evaluate(expression, expecting: nil)
                if let part = value.interpolated {
                    text += part
                } else {
                    if !value.isBroken {
                        report(
                            "a string can hold Bool, Int, Double and String, not \(value.typeName)",
                            at: expression.location)
                    }
                    isBroken = true
                }
                guard text.utf8.count <= Self.longestText else {
                    reportIfLive("this string is longer than \(Self.longestText) bytes", at: expression.location)
                    return .broken
                }
            }
        }
        return isBroken ? .broken : .string(text)
    }

    private mutating func array(
        _ elements: [Expression], _ expected: RecipeType?, at location: RecipeLocation
    ) -> Value {
        var wanted: RecipeType?
        if case .list(let element)? = expected { wanted = element }
        if elements.isEmpty {
            if let wanted { return .list([], of: wanted) }
            report("an empty array needs a type: let names: [String] = []", at: location)
            return .broken
        }
        // [1, 0.5] holds doubles: literals follow the float among them, or the first value that is no literal.
        if wanted == nil, elements.allSatisfy({ $0.literalNumber != nil }),
            elements.contains(where: { $0.literalNumber == .float })
        {
            wanted = .double
        }
        var values = [Value](repeating: .broken, count: elements.count)
        var isBroken = false
        let literalsLast =
            elements.indices.filter { elements[$0].literalNumber == nil }
            + elements.indices.filter { elements[$0].literalNumber != nil }
        for position in literalsLast {
            let element = elements[position]
            let value = evaluate(element, expecting: wanted)
            guard !value.isBroken else {
                isBroken = true
                continue
            }
            guard let type = value.type else {
                report("an array cannot hold \(value.typeName)", at: element.location)
                isBroken = true
                continue
            }
            let needed = wanted ?? type
            wanted = needed
            if !value.fits(needed) {
                report("this array holds \(needed), but this element is \(type)", at: element.location)
                isBroken = true
            }
            values[position] = value
        }
        guard !isBroken, let wanted else { return .broken }
        return .list(values, of: wanted)
    }

    private mutating func dictionary(
        _ entries: [(key: Expression, value: Expression)], _ expected: RecipeType?, at location: RecipeLocation
    ) -> Value {
        var wanted: RecipeType?
        if case .dictionary(let value)? = expected { wanted = value }
        let takesHandles = expected == .bundles
        if entries.isEmpty {
            if takesHandles { return .handles([]) }
            if let wanted { return .dictionary([], of: wanted) }
            report("an empty dictionary needs a type", at: location)
            return .broken
        }
        var keys: Set<String> = []
        var values: [(key: String, value: Value)] = []
        var handles: [(key: String, type: BundleType, wiring: Wiring)] = []
        var isBroken = false
        for entry in entries {
            let key = evaluate(entry.key, expecting: .string)
            let value = evaluate(entry.value, expecting: wanted)
            guard case .string(let name) = key else {
                if !key.isBroken { report("the keys of a dictionary are strings", at: entry.key.location) }
                isBroken = true
                continue
            }
            if !keys.insert(name).inserted {
                report("the key '\(name)' stands twice in this dictionary", at: entry.key.location)
                isBroken = true
            }
            switch value {
            case .broken: isBroken = true
            case .handle(let type, let wiring) where takesHandles: handles.append((name, type, wiring))
            default:
                guard let type = value.type, !takesHandles, value.fits(wanted ?? type) else {
                    let needed = takesHandles ? "a handle of a unit" : "\(wanted.map { "\($0)" } ?? "a value")"
                    report("'\(name)' must be \(needed); it is \(value.typeName)", at: entry.value.location)
                    isBroken = true
                    continue
                }
                wanted = wanted ?? type
                values.append((name, value))
            }
        }
        if isBroken { return .broken }
        if takesHandles { return .handles(handles) }
        return wanted.map { .dictionary(values, of: $0) } ?? .broken
    }

    // MARK: Structure

    private mutating func element(of base: Expression, _ index: Expression) -> Value {
        let collection = evaluate(base, expecting: nil)
        switch collection {
        case .list(let values, _):
            let position = evaluate(index, expecting: .int)
            guard case .int(let number) = position else {
                if !position.isBroken { report("an index is an Int, not \(position.typeName)", at: index.location) }
                return .broken
            }
            guard values.indices.contains(number) else {
                reportIfLive("index \(number) is outside of 0..<\(values.count)", at: index.location)
                return .broken
            }
            return values[number]
        case .broken:
            _ = evaluate(index, expecting: nil)
            return .broken
        default:
            report("\(collection.typeName) has no elements to pick by index", at: base.location)
            return .broken
        }
    }

    private mutating func ternary(
        _ condition: Expression, _ then: Expression, _ otherwise: Expression, _ expected: RecipeType?,
        at location: RecipeLocation
    ) -> Value {
        let chosen = evaluateCondition(condition)
        var wanted = expected
        if wanted == nil, then.literalNumber == .float || otherwise.literalNumber == .float { wanted = .double }
        var first = Value.broken
        var second = Value.broken
        whenLive(chosen != false) { first = $0.evaluate(then, expecting: wanted) }
        whenLive(chosen != true) { second = $0.evaluate(otherwise, expecting: wanted ?? first.type) }
        if let left = first.type, let right = second.type, left != right, wanted == nil || !first.fits(right) {
            report("the branches of '?:' are \(left) and \(right)", at: location)
            return .broken
        }
        return chosen.map { $0 ? first : second } ?? .broken
    }

    private mutating func typed(_ expression: Expression, _ written: TypeText) -> Value {
        guard let type = types.resolve(written, report: { report($0, at: $1) }) else { return .broken }
        let value = evaluate(expression, expecting: type)
        if value.isBroken { return value }
        guard value.fits(type) else {
            report("\(value.typeName) is not \(type)", at: expression.location)
            return .broken
        }
        return value.wrapped(for: type)
    }
}
