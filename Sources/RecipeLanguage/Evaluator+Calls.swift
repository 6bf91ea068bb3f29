import Determinism
import Recipes
import WorkGraph

extension Evaluator {
    /// The functions that are read besides unit kinds.
    static let functions = ["Recipe", "Parameter", "Double", "Int", "String", "min", "max", "abs", "stride"]

    mutating func evaluate(_ call: Call, _ expected: RecipeType?, at location: RecipeLocation) -> Value {
        switch call.callee.kind {
        case .member(nil, let name): return enumerationCase(name, call, expected, at: location)
        case .member(let base?, let name):
            if let type = typeName(of: base) { return enumerationCase(name, call, types[type], at: location) }
            return method(name, of: base, call, at: location)
        case .name(let name):
            if Self.functions.contains(name) { return function(name, call, expected, at: location) }
            if let kind = catalogue[name], !kind.description.isInternal { return place(kind, call, at: location) }
            evaluateArguments(call)
            if visibleNames.contains(name) {
                report("'\(name)' is a value and cannot be called", at: location)
            } else {
                let hint = NearestName.hint(name, among: catalogue.callableNames + Self.functions)
                report("there is no unit kind '\(name)'.\(hint)", at: location)
            }
            return .broken
        default:
            evaluateArguments(call)
            report("only names can be called", at: location)
            return .broken
        }
    }

    /// Evaluates the arguments of a call that is wrong as a whole, for what is wrong in them.
    mutating func evaluateArguments(_ call: Call) {
        for argument in call.arguments {
            // A leading dot has no type here; that is no second error.
            if case .member(nil, _) = argument.value.kind { continue }
            _ = evaluate(argument.value, expecting: nil)
        }
    }

    private mutating func method(_ name: String, of base: Expression, _ call: Call, at location: RecipeLocation)
        -> Value
    {
        let value = evaluate(base, expecting: nil)
        guard case .handle(_, let wiring) = value else {
            evaluateArguments(call)
            if !value.isBroken { report("\(value.typeName) has no function '\(name)' that is read", at: location) }
            return .broken
        }
        guard name == "named", call.arguments.count == 1, let argument = call.arguments.first, argument.label == nil
        else {
            evaluateArguments(call)
            report("a unit has .named(\"…\") and no other function", at: location)
            return .broken
        }
        let text = evaluate(argument.value, expecting: .string)
        guard case .string(let name) = text else {
            if !text.isBroken { report("a name is a String, not \(text.typeName)", at: argument.location) }
            return .broken
        }
        if isLive { wiring.call.label.setName(name) }
        return value
    }

    // MARK: Unit kinds

    private mutating func place(_ kind: AnyUnitKind, _ call: Call, at location: RecipeLocation) -> Value {
        let title = kind.description.name
        let fields = kind.callFields
        var values: [String: ArgumentValue] = [:]
        var places: [String: RecipeLocation] = [:]
        var isBroken = false
        var next = 0
        for argument in call.arguments {
            guard let position = position(of: argument, in: fields, from: next, title: title) else {
                _ = evaluateUnlessImplicit(argument.value)
                isBroken = true
                continue
            }
            let field = fields[position]
            if places[field.name] != nil {
                report("'\(field.name)' stands twice in this call of \(title)", at: argument.location)
                isBroken = true
                continue
            }
            if position < next {
                let later = fields[next - 1].name
                report("'\(field.name)' comes before '\(later)' in \(title)", at: argument.location)
                isBroken = true
            }
            next = max(next, position + 1)
            places[field.name] = argument.value.location
            if let value = value(of: argument, for: field, title: title) {
                values[field.name] = value
            } else {
                isBroken = true
            }
        }
        for field in fields where field.defaultValue == nil && places[field.name] == nil {
            let label = field.isUnlabelled ? "'\(field.name)'" : "'\(field.name):'"
            report("\(title) needs \(label), \(field.type.withArticle): \(field.help)", at: call.closeLocation)
            isBroken = true
        }
        if call.closure != nil { isBroken = true }
        calls += 1
        guard calls <= Self.mostCalls else {
            report("the recipe makes more than \(Self.mostCalls) calls", at: location)
            hasGivenUp = true
            return .broken
        }
        guard !isBroken, isLive else {
            return isBroken ? .broken : .handle(kind.resultType, Self.nowhere(kind.resultType))
        }
        let label = CallLabel(kind: title, location: location, arguments: places)
        do {
            let wiring = try kind.place(values, label: label)
            placed.append((label, title))
            return .handle(kind.resultType, wiring)
        } catch {
            let place = (error as? ArgumentError)?.argument.flatMap { places[$0] } ?? location
            report("\(title): \(error)", at: place)
            return .broken
        }
    }

    /// A handle for calls in branches that are not taken: of the right type, made by nothing.
    private static func nowhere(_ type: BundleType) -> Wiring {
        Wiring(
            members: Dictionary(type.members.map { ($0.name, []) }, uniquingKeysWith: { first, _ in first }),
            call: UnitCall(label: CallLabel(), nodes: []))
    }

    private mutating func evaluateUnlessImplicit(_ expression: Expression) -> Value {
        switch expression.kind {
        case .member(nil, _): return .broken
        case .call(let call):
            if case .member(nil, _) = call.callee.kind { return .broken }
        case .array, .dictionary: return .broken
        default: break
        }
        return evaluate(expression, expecting: nil)
    }

    /// Which field an argument belongs to, after reporting why there is none.
    private mutating func position(
        of argument: Call.Argument, in fields: [FieldDescription], from next: Int, title: String
    ) -> Int? {
        guard let label = argument.label else {
            if let position = fields.indices.first(where: { $0 >= next && fields[$0].isUnlabelled }) { return position }
            if next < fields.count {
                report("the label '\(fields[next].name):' is missing here", at: argument.location)
            } else {
                report("\(title) takes no further argument", at: argument.location)
            }
            return nil
        }
        if let position = fields.firstIndex(where: { $0.name == label && !$0.isUnlabelled }) { return position }
        if fields.contains(where: { $0.name == label }) {
            report("'\(label)' is written without its label", at: argument.location)
        } else {
            let labels = fields.filter { !$0.isUnlabelled }.map(\.name)
            let hint = NearestName.hint(label, among: labels)
            let choice = hint.isEmpty ? " 'units \(title)' lists them." : hint
            report("\(title) has no argument '\(label)'.\(choice)", at: argument.location)
        }
        return nil
    }

    /// The value of an argument if it has the field's type and lies within its bounds.
    private mutating func value(
        of argument: Call.Argument, for field: FieldDescription, title: String
    ) -> ArgumentValue? {
        let value = evaluate(argument.value, expecting: field.type)
        if value.isBroken { return nil }
        guard value.fits(field.type), let fitting = value.argument else {
            var message =
                "'\(field.name)' of \(title) is \(field.type.withArticle); '\(argument.text)' is \(value.typeName)."
            if let bundle = field.type.bundle { message += handleHint(bundle, near: argument.text) }
            if field.type == .double, case .int = value { message += " Write Double(…) around it." }
            report(message, at: argument.value.location)
            return nil
        }
        if isLive, case .value(let canonical) = fitting, let problem = canonical.problem(within: field.bounds) {
            report("'\(field.name)' of \(title) \(problem)", at: argument.value.location)
            return nil
        }
        return fitting
    }

    /// Names what is in reach and has the right type.
    private func handleHint(_ wanted: BundleType, near text: String) -> String {
        var candidates: [String] = []
        func add(_ name: String, _ type: BundleType) {
            if type == wanted { candidates.append(name) }
            for view in type.views { add("\(name).\(view.name)", view.type) }
        }
        for scope in scopes.reversed() {
            for name in scope.bindings.keys.sorted() {
                if case .handle(let type, _)? = scope.bindings[name]?.value { add(name, type) }
            }
        }
        for name in globals.keys.sorted() {
            if case .done(.handle(let type, _))? = globals[name]?.state { add(name, type) }
        }
        if let below = candidates.first(where: { $0.hasPrefix(text + ".") }) { return " Did you mean '\(below)'?" }
        if let near = NearestName.of(text, among: candidates) { return " Did you mean '\(near)'?" }
        if candidates.isEmpty { return "" }
        return " Here \(candidates.prefix(3).map { "'\($0)'" }.joined(separator: ", ")) would fit."
    }
}
