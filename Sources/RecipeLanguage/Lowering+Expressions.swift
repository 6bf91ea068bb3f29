import Recipes
import SwiftParser
import SwiftSyntax
import WorkGraph

extension Lowering {
    mutating func expression(_ syntax: ExprSyntax) -> Expression {
        // A member is blamed at its name, not at the start of what it is read from.
        let place = syntax.as(MemberAccessExprSyntax.self).map { $0.base == nil ? $0.start : $0.declName.start }
        return Expression(kind(syntax), at: location(place ?? syntax.start))
    }

    private mutating func kind(_ syntax: ExprSyntax) -> Expression.Kind {
        switch syntax.as(ExprSyntaxEnum.self) {
        case .integerLiteralExpr(let literal): return integer(literal.literal.text)
        case .floatLiteralExpr(let literal): return float(literal)
        case .booleanLiteralExpr(let literal): return .bool(literal.literal.tokenKind == .keyword(.true))
        case .nilLiteralExpr: return .absent
        case .stringLiteralExpr(let literal): return string(literal)
        case .declReferenceExpr(let name):
            if let names = name.argumentNames { refuse("a function's full name", names) }
            return .name(name.baseName.plainName)
        case .memberAccessExpr(let access):
            if let names = access.declName.argumentNames { refuse("a function's full name", names) }
            return .member(base: access.base.map { expression($0) }, name: access.declName.baseName.plainName)
        case .functionCallExpr(let call): return lower(call)
        case .subscriptCallExpr(let access):
            guard access.arguments.count == 1, let index = access.arguments.first, index.label == nil,
                access.trailingClosure == nil
            else {
                refuse("a subscript with anything but one index", access.arguments)
                return .broken
            }
            return .element(expression(access.calledExpression), index: expression(index.expression))
        case .arrayExpr(let array): return .array(array.elements.map { expression($0.expression) })
        case .dictionaryExpr(let dictionary):
            guard case .elements(let elements) = dictionary.content else { return .dictionary([]) }
            return .dictionary(elements.map { (expression($0.key), expression($0.value)) })
        case .tupleExpr(let tuple):
            guard tuple.elements.count == 1, let only = tuple.elements.first, only.label == nil else {
                refuse("a tuple", tuple)
                return .broken
            }
            return kind(only.expression)
        case .prefixOperatorExpr(let operation): return prefix(operation)
        case .infixOperatorExpr(let operation): return infix(operation)
        case .ternaryExpr(let choice):
            return .ternary(
                condition: expression(choice.condition), then: expression(choice.thenExpression),
                otherwise: expression(choice.elseExpression))
        case .asExpr(let conversion):
            guard conversion.questionOrExclamationMark == nil else {
                refuse("a cast", conversion.asKeyword)
                return .broken
            }
            let value = expression(conversion.expression)
            return type(conversion.type).map { .typed(value, $0) } ?? .broken
        default:
            refuse(syntax.inWords, syntax)
            return .broken
        }
    }

    // MARK: Literals

    private mutating func integer(_ text: String) -> Expression.Kind {
        let digits = text.filter { $0 != "_" }
        let radixes = ["0x": 16, "0o": 8, "0b": 2]
        if let radix = radixes[String(digits.prefix(2))] {
            let value = UInt64(digits.dropFirst(2), radix: radix)
            return .integer(value.flatMap(Int.init(exactly:)), asDouble: value.map(Double.init) ?? .infinity)
        }
        return .integer(Int(digits), asDouble: Double(digits) ?? .infinity)
    }

    private mutating func float(_ literal: FloatLiteralExprSyntax) -> Expression.Kind {
        guard let value = Double(literal.literal.text.filter { $0 != "_" }), value.isFinite else {
            report("'\(literal.literal.text)' is no number that a Double can hold", at: literal.start)
            return .broken
        }
        return .float(value)
    }

    private mutating func string(_ literal: StringLiteralExprSyntax) -> Expression.Kind {
        if literal.segments.allSatisfy({ $0.is(StringSegmentSyntax.self) }) {
            guard let text = literal.representedLiteralValue else {
                report("this string cannot be read", at: literal.start)
                return .broken
            }
            return .string([.text(text)])
        }
        var segments: [Expression.Segment] = []
        for segment in literal.segments {
            switch segment {
            case .stringSegment(let text):
                // The parser knows how to read escapes; give it a literal of this segment alone.
                let alone = literal.with(
                    \.segments, StringLiteralSegmentListSyntax([.stringSegment(text)]))
                guard let plain = alone.representedLiteralValue else {
                    report("this string cannot be read", at: text.start)
                    return .broken
                }
                segments.append(.text(plain))
            case .expressionSegment(let value):
                guard value.expressions.count == 1, let only = value.expressions.first, only.label == nil else {
                    refuse("an interpolation with options", value)
                    return .broken
                }
                segments.append(.value(expression(only.expression)))
            }
        }
        return .string(segments)
    }

    // MARK: Operators

    private mutating func prefix(_ operation: PrefixOperatorExprSyntax) -> Expression.Kind {
        switch operation.operator.text {
        case "-":
            // The least integer has no positive counterpart.
            if let literal = operation.expression.as(IntegerLiteralExprSyntax.self),
                case .integer(nil, let magnitude) = integer(literal.literal.text), magnitude == 0x1p63,
                literal.literal.text.filter({ $0 != "_" }) == "9223372036854775808"
            {
                return .integer(.min, asDouble: -magnitude)
            }
            return .negative(expression(operation.expression))
        case "+": return kind(operation.expression)
        case "!": return .not(expression(operation.expression))
        default:
            refuse("the operator '\(operation.operator.text)'", operation.operator)
            return .broken
        }
    }

    private mutating func infix(_ operation: InfixOperatorExprSyntax) -> Expression.Kind {
        guard let symbol = operation.operator.as(BinaryOperatorExprSyntax.self)?.operator else {
            refuse("an assignment", operation.operator)
            return .broken
        }
        let known = ["+", "-", "*", "/", "%", "...", "..<", "==", "!=", "<", "<=", ">", ">=", "&&", "||"]
        guard known.contains(symbol.text) else {
            refuse("the operator '\(symbol.text)'", symbol)
            return .broken
        }
        return .binary(
            symbol.text, expression(operation.leftOperand), expression(operation.rightOperand),
            operatorLocation: location(symbol))
    }

    // MARK: Calls

    private mutating func lower(_ call: FunctionCallExprSyntax) -> Expression.Kind {
        if let array = call.calledExpression.as(ArrayExprSyntax.self), call.arguments.isEmpty,
            array.elements.count == 1, let element = array.elements.first, call.trailingClosure == nil
        {
            return .emptyArray(.name(element.expression.trimmedDescription, location(element)))
        }
        let callee = expression(call.calledExpression)
        var closure: [Statement]?
        if let block = call.trailingClosure {
            if case .name("Recipe") = callee.kind, block.signature == nil, call.additionalTrailingClosures.isEmpty {
                closure = statements(block.statements)
            } else {
                refuse("a closure", block)
                return .broken
            }
        }
        let arguments = call.arguments.map { argument in
            Call.Argument(
                label: argument.label?.plainName, value: expression(argument.expression), location: location(argument),
                text: argument.expression.shortText)
        }
        return .call(
            Call(
                callee: callee, arguments: arguments, closure: closure,
                closeLocation: location(call.rightParen?.start ?? call.start)))
    }
}

extension ExprSyntax {
    /// What an expression that is not read is called.
    fileprivate var inWords: String {
        switch kind {
        case .closureExpr: "a closure"
        case .tryExpr: "'try'"
        case .awaitExpr: "'await'"
        case .ifExpr, .switchExpr: "'if' or 'switch' as a value"
        case .isExpr: "'is'"
        case .optionalChainingExpr, .forceUnwrapExpr: "an optional's unwrapping"
        case .keyPathExpr: "a key path"
        case .macroExpansionExpr: "a macro"
        case .regexLiteralExpr: "a regular expression"
        case .genericSpecializationExpr: "an explicit generic argument"
        case .postfixOperatorExpr: "a postfix operator"
        case .discardAssignmentExpr: "'_'"
        default: "this expression"
        }
    }
}
