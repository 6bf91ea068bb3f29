import Recipes
import WorkGraph

extension Evaluator {
    mutating func negative(_ operand: Expression, _ expected: RecipeType?, at location: RecipeLocation) -> Value {
        switch evaluate(operand, expecting: expected) {
        case .int(let value):
            let (negated, overflow) = 0.subtractingReportingOverflow(value)
            guard !overflow else {
                reportIfLive("-(\(value)) is too large for 64 bits", at: location)
                return .broken
            }
            return .int(negated)
        case .double(let value): return .double(-value)
        case .broken: return .broken
        case let other:
            report("'-' needs a number, not \(other.typeName)", at: location)
            return .broken
        }
    }

    mutating func binary(
        _ symbol: String, _ left: Expression, _ right: Expression, _ expected: RecipeType?, at location: RecipeLocation
    ) -> Value {
        switch symbol {
        case "&&", "||": return logical(symbol, left, right)
        case "...", "..<":
            let (low, high) = operands(left, right, expecting: .int)
            return range(symbol, low, high, at: location)
        case "+", "-", "*", "/", "%":
            let (first, second) = operands(left, right, expecting: expected)
            return arithmetic(symbol, first, second, at: location)
        default:
            let (first, second) = operands(left, right, expecting: nil)
            return comparison(symbol, first, second, at: location)
        }
    }

    /// Both operands, literals of the type of the other side as Swift gives it to them.
    private mutating func operands(
        _ left: Expression, _ right: Expression, expecting expected: RecipeType?
    ) -> (Value, Value) {
        switch (left.literalNumber, right.literalNumber) {
        case (let first?, let second?):
            let isFloat = expected == .double || first == .float || second == .float
            let type = isFloat ? RecipeType.double : nil
            return (evaluate(left, expecting: type), evaluate(right, expecting: type))
        case (nil, _):
            let first = evaluate(left, expecting: expected)
            return (first, evaluate(right, expecting: first.type ?? expected))
        case (_?, nil):
            let second = evaluate(right, expecting: expected)
            return (evaluate(left, expecting: second.type ?? expected), second)
        }
    }

    private mutating func logical(_ symbol: String, _ left: Expression, _ right: Expression) -> Value {
        let first = evaluateCondition(left)
        let decides = first == (symbol == "||")
        var second: Bool?
        whenLive(!decides) { second = $0.evaluateCondition(right) }
        guard let first else { return .broken }
        if decides { return .bool(first) }
        return second.map { .bool($0) } ?? .broken
    }

    private mutating func range(_ symbol: String, _ low: Value, _ high: Value, at location: RecipeLocation) -> Value {
        if low.isBroken || high.isBroken { return .broken }
        guard case .int(let first) = low, case .int(let last) = high else {
            report("a range goes from Int to Int, not from \(low.typeName) to \(high.typeName)", at: location)
            return .broken
        }
        guard first <= last else {
            reportIfLive("the range \(first)\(symbol)\(last) ends before it starts", at: location)
            return .broken
        }
        return symbol == "..." ? .range(first...last) : .openRange(first..<last)
    }

    private mutating func arithmetic(
        _ symbol: String, _ left: Value, _ right: Value, at location: RecipeLocation
    ) -> Value {
        switch (left, right) {
        case (.broken, _), (_, .broken): return .broken
        case (.int(let first), .int(let second)): return integers(symbol, first, second, at: location)
        case (.double(let first), .double(let second)):
            switch symbol {
            case "+": return .double(first + second)
            case "-": return .double(first - second)
            case "*": return .double(first * second)
            case "/": return .double(first / second)
            default: break
            }
        case (.string(let first), .string(let second)) where symbol == "+":
            guard first.utf8.count + second.utf8.count <= Self.longestText else {
                reportIfLive("this string is longer than \(Self.longestText) bytes", at: location)
                return .broken
            }
            return .string(first + second)
        case (.list(let first, let type), .list(let second, let other)) where symbol == "+" && type == other:
            guard first.count + second.count <= Self.longestList else {
                reportIfLive("this array has more than \(Self.longestList) elements", at: location)
                return .broken
            }
            return .list(first + second, of: type)
        default: break
        }
        var message = "'\(symbol)' does not take \(left.typeName) and \(right.typeName)"
        if case .int = left, case .double = right { message += "; write Double(…) around the Int" }
        if case .double = left, case .int = right { message += "; write Double(…) around the Int" }
        report(message, at: location)
        return .broken
    }

    private mutating func integers(_ symbol: String, _ left: Int, _ right: Int, at location: RecipeLocation) -> Value {
        if right == 0, symbol == "/" || symbol == "%" {
            reportIfLive("\(left) \(symbol) 0 has no value", at: location)
            return .broken
        }
        let (value, overflow) =
            switch symbol {
            case "+": left.addingReportingOverflow(right)
            case "-": left.subtractingReportingOverflow(right)
            case "*": left.multipliedReportingOverflow(by: right)
            case "/": left.dividedReportingOverflow(by: right)
            default: left.remainderReportingOverflow(dividingBy: right)
            }
        guard !overflow else {
            reportIfLive("\(left) \(symbol) \(right) is too large for 64 bits", at: location)
            return .broken
        }
        return .int(value)
    }

    private mutating func comparison(
        _ symbol: String, _ left: Value, _ right: Value, at location: RecipeLocation
    ) -> Value {
        func compare<T: Comparable>(_ first: T, _ second: T) -> Value {
            switch symbol {
            case "==": .bool(first == second)
            case "!=": .bool(first != second)
            case "<": .bool(first < second)
            case "<=": .bool(first <= second)
            case ">": .bool(first > second)
            default: .bool(first >= second)
            }
        }
        switch (left, right) {
        case (.broken, _), (_, .broken): return .broken
        case (.int(let first), .int(let second)): return compare(first, second)
        case (.double(let first), .double(let second)): return compare(first, second)
        case (.string(let first), .string(let second)): return compare(first, second)
        case (.bytes(let first), .bytes(let second)): return compare(first, second)
        case (.span(let first), .span(let second)): return compare(first, second)
        case (.bool(let first), .bool(let second)) where symbol == "==": return .bool(first == second)
        case (.bool(let first), .bool(let second)) where symbol == "!=": return .bool(first != second)
        default:
            report("'\(symbol)' does not compare \(left.typeName) with \(right.typeName)", at: location)
            return .broken
        }
    }
}
