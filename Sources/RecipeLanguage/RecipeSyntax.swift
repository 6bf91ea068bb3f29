import WorkGraph

/// An expression of the part of Swift that recipe files may hold; whatever else was written is `broken` and reported.
final class Expression {
    indirect enum Kind {
        /// Both readings of an integer literal; Swift decides by context.
        case integer(Int?, asDouble: Double)
        case float(Double)
        case bool(Bool)
        case absent
        case string([Segment])
        case name(String)
        case member(base: Expression?, name: String)
        case call(Call)
        case element(Expression, index: Expression)
        case array([Expression])
        /// `[String]()`
        case emptyArray(TypeText)
        case dictionary([(key: Expression, value: Expression)])
        case negative(Expression)
        case not(Expression)
        case binary(String, Expression, Expression, operatorLocation: RecipeLocation)
        case ternary(condition: Expression, then: Expression, otherwise: Expression)
        case typed(Expression, TypeText)
        case broken
    }

    enum Segment {
        case text(String)
        case value(Expression)
    }

    /// What kind of number an expression of literals alone is; Swift gives such an expression the type its context wants.
    enum LiteralNumber { case integer, float }

    let kind: Kind
    let location: RecipeLocation
    let literalNumber: LiteralNumber?

    init(_ kind: Kind, at location: RecipeLocation) {
        self.kind = kind
        self.location = location
        switch kind {
        case .integer: literalNumber = .integer
        case .float: literalNumber = .float
        case .negative(let operand): literalNumber = operand.literalNumber
        case .binary(let symbol, let left, let right, _) where ["+", "-", "*", "/", "%"].contains(symbol):
            if let left = left.literalNumber, let right = right.literalNumber {
                literalNumber = left == .float || right == .float ? .float : .integer
            } else {
                literalNumber = nil
            }
        default: literalNumber = nil
        }
    }
}

/// `callee(arguments) { closure }`.
final class Call {
    struct Argument {
        let label: String?
        let value: Expression
        let location: RecipeLocation
        /// As written, shortened.
        let text: String
    }

    let callee: Expression
    let arguments: [Argument]
    let closure: [Statement]?
    let closeLocation: RecipeLocation

    init(callee: Expression, arguments: [Argument], closure: [Statement]?, closeLocation: RecipeLocation) {
        self.callee = callee
        self.arguments = arguments
        self.closure = closure
        self.closeLocation = closeLocation
    }
}

/// A statement of a recipe's closure, or a declaration at top level.
indirect enum Statement {
    case binding(Declaration)
    case expression(Expression)
    case loop(variable: String?, location: RecipeLocation, sequence: Expression, body: [Statement])
    case choice(condition: Expression, then: [Statement], otherwise: [Statement])
    case block([Statement])
}

/// `let name: Type = value`.
final class Declaration {
    let name: String
    let location: RecipeLocation
    let type: TypeText?
    let value: Expression

    init(name: String, location: RecipeLocation, type: TypeText?, value: Expression) {
        self.name = name
        self.location = location
        self.type = type
        self.value = value
    }
}

/// A type as written.
indirect enum TypeText {
    case name(String, RecipeLocation)
    case list(TypeText)
    case dictionary(TypeText)
    case optional(TypeText)
}
