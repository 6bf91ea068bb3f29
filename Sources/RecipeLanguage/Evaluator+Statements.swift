import Recipes
import WorkGraph

extension Evaluator {
    /// Evaluates the closure of a recipe and returns its roots.
    mutating func evaluateRecipe(_ body: [Statement]) -> [Wiring] {
        let outer = (roots, scopes, loops, placed)
        (roots, scopes, loops, placed) = ([], [], [], [])
        isInsideRecipe = true
        evaluate(body)
        isInsideRecipe = false
        let found = roots
        (roots, scopes, loops, placed) = outer
        return found
    }

    /// Evaluates a block in a scope of its own.
    mutating func evaluate(_ block: [Statement]) {
        scopes.append(Scope())
        for statement in block where !hasGivenUp { evaluate(statement) }
        scopes.removeLast()
    }

    private mutating func evaluate(_ statement: Statement) {
        switch statement {
        case .binding(let declaration): bind(declaration)
        case .expression(let expression): evaluateRoot(expression)
        case .block(let statements): evaluate(statements)
        case .choice(let condition, let then, let otherwise):
            let chosen = evaluateCondition(condition)
            whenLive(chosen == true) { $0.evaluate(then) }
            whenLive(chosen == false) { $0.evaluate(otherwise) }
        case .loop(let variable, let location, let sequence, let body):
            evaluateLoop(variable, location, sequence, body)
        }
    }

    /// Runs `body` as code that counts only if `condition` holds.
    mutating func whenLive(_ condition: Bool, _ body: (inout Evaluator) -> Void) {
        let outer = isLive
        isLive = outer && condition
        body(&self)
        isLive = outer
    }

    /// The value of a condition; `nil` when it is broken.
    mutating func evaluateCondition(_ condition: Expression) -> Bool? {
        let value = evaluate(condition, expecting: .bool)
        switch value {
        case .bool(let truth): return truth
        case .broken: return nil
        default:
            report("a condition is a Bool, not \(value.typeName)", at: condition.location)
            return nil
        }
    }

    private mutating func bind(_ declaration: Declaration) {
        let value = evaluate(declaration)
        if case .handle(_, let wiring) = value, wiring.call.label.name == nil, isLive {
            wiring.call.label.suggestName(declaration.name + loopSuffix)
        }
        finishStatement()
        guard let scope = scopes.indices.last else { return }
        if let other = scopes[scope].bindings[declaration.name] {
            report(
                "'\(declaration.name)' is declared twice; the first time on line \(other.location.line)",
                at: declaration.location)
            return
        }
        declared[declaration.location] = declaration.name
        scopes[scope].bindings[declaration.name] = Binding(
            value: value, location: declaration.location, warnsWhenUnused: true)
    }

    private mutating func evaluateRoot(_ expression: Expression) {
        let value = evaluate(expression, expecting: nil)
        switch value {
        case .handle(_, let wiring): if isLive { roots.append(wiring) }
        case .broken: break
        default:
            report(
                "a statement of a recipe is a call that makes units; this is \(value.typeName)", at: expression.location
            )
        }
        finishStatement()
    }

    /// Gives the calls of a statement inside loops the names that tell them apart.
    private mutating func finishStatement() {
        if !loops.isEmpty {
            for (label, kind) in placed where label.name == nil {
                label.suggestName(kind.prefix(1).lowercased() + kind.dropFirst() + loopSuffix)
            }
        }
        placed.removeAll(keepingCapacity: true)
    }

    private var loopSuffix: String {
        loops.isEmpty ? "" : "[" + loops.map { "\($0.variable)=\($0.value)" }.joined(separator: ",") + "]"
    }

    // MARK: Loops

    private mutating func evaluateLoop(
        _ variable: String?, _ location: RecipeLocation, _ sequence: Expression, _ body: [Statement]
    ) {
        let value = evaluate(sequence, expecting: nil)
        var isEmpty = true
        func turn(_ element: Value, _ position: Int, _ evaluator: inout Evaluator) -> Bool {
            isEmpty = false
            guard evaluator.mayGoOn(at: sequence.location, cost: 10) else { return false }
            evaluator.evaluateTurn(variable, location, element, position, body)
            return !evaluator.hasGivenUp
        }
        switch value {
        case .list(let values, _), .stride(let values):
            for (position, element) in values.enumerated() { guard turn(element, position, &self) else { return } }
        case .range(let range):
            var position = 0
            for number in range {
                guard turn(.int(number), position, &self) else { return }
                position += 1
            }
        case .openRange(let range):
            var position = 0
            for number in range {
                guard turn(.int(number), position, &self) else { return }
                position += 1
            }
        case .broken: break
        default:
            report("'for' goes over an array, a range or a stride, not over \(value.typeName)", at: sequence.location)
        }
        // A body that never runs is checked once all the same.
        if isEmpty { whenLive(false) { $0.evaluateTurn(variable, location, .broken, 0, body) } }
    }

    private mutating func evaluateTurn(
        _ variable: String?, _ location: RecipeLocation, _ value: Value, _ position: Int, _ body: [Statement]
    ) {
        var scope = Scope()
        if let variable {
            scope.bindings[variable] = Binding(value: value, location: location, warnsWhenUnused: false)
        }
        scopes.append(scope)
        loops.append((variable ?? "turn", nameText(of: value, position)))
        evaluate(body)
        loops.removeLast()
        scopes.removeLast()
    }

    /// How a loop variable stands in names: numbers and plain words as they are, everything else by its position.
    private func nameText(of value: Value, _ position: Int) -> String {
        guard let text = value.interpolated, text.utf8.count <= 40,
            text.utf8.allSatisfy({ byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
                    UInt8(ascii: "+"):
                    true
                default: false
                }
            })
        else { return "\(position)" }
        return text
    }
}
