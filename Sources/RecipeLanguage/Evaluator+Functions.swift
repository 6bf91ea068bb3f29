import Determinism
import Recipes
import WorkGraph

extension Evaluator {
    mutating func function(
        _ name: String, _ call: Call, _ expected: RecipeType?, at location: RecipeLocation
    ) -> Value {
        switch name {
        case "Recipe": return recipe(call, at: location)
        case "Parameter": return parameter(call, expected, at: location)
        case "Double", "Int", "String": return conversion(to: name, call, at: location)
        case "stride": return strideValues(call, at: location)
        default: return extreme(name, call, expected, at: location)
        }
    }

    /// Whether the call has exactly these labels; reports otherwise.
    private mutating func hasShape(_ labels: [String?], _ call: Call, _ usage: String, at location: RecipeLocation)
        -> Bool
    {
        guard call.closure == nil, call.arguments.map(\.label) == labels else {
            evaluateArguments(call)
            report("this is written \(usage)", at: location)
            return false
        }
        return true
    }

    // MARK: Recipe and Parameter

    private mutating func recipe(_ call: Call, at location: RecipeLocation) -> Value {
        let labels = call.arguments.map(\.label)
        guard let body = call.closure, labels.first == .some(nil), Self.isInOrder(labels.dropFirst()) else {
            evaluateArguments(call)
            report(
                "this is written Recipe(\"name\", seed: 17, deadline: 2.hours, budget: .rankHours(8)) { … }; "
                    + "all but the name may be left out", at: location)
            return .broken
        }
        guard !isInsideRecipe else {
            report("a recipe cannot stand inside another", at: location)
            return .broken
        }
        let title = evaluate(call.arguments[0].value, expecting: .string)
        var seed = Value.int(0)
        var limits: RecipeLimits? = RecipeLimits()
        for argument in call.arguments.dropFirst() {
            if argument.label == "seed" {
                seed = evaluate(argument.value, expecting: .int)
            } else {
                limits = adding(argument, to: limits)
            }
        }
        let roots = evaluateRecipe(body)
        guard case .string(let name) = title, case .int(let number) = seed else {
            if !title.isBroken, !seed.isBroken {
                report("a recipe has a String for a name and an Int for a seed", at: location)
            }
            return .broken
        }
        guard !name.isEmpty else {
            report("a recipe needs a name", at: call.arguments[0].location)
            return .broken
        }
        guard let limits else { return .broken }
        return .recipe(
            Recipe(
                name: name, seed: UInt64(bitPattern: Int64(number)), limits: limits, roots: roots, parameters: [],
                text: nil))
    }

    /// Whether the labels after a recipe's name are some of those it has, in their order.
    private static func isInOrder(_ labels: ArraySlice<String?>) -> Bool {
        var known = ["seed", "deadline", "budget"][...]
        for label in labels {
            guard let place = known.firstIndex(where: { $0 == label }) else { return false }
            known = known[(place + 1)...]
        }
        return true
    }

    /// The limits with one more; `nil` after reporting what is wrong with it.
    private mutating func adding(_ argument: Call.Argument, to limits: RecipeLimits?) -> RecipeLimits? {
        let isDeadline = argument.label == "deadline"
        let value = evaluate(argument.value, expecting: isDeadline ? .duration : Budget.recipeType)
        guard !value.isBroken, var limits else { return nil }
        if isDeadline, case .span(let span) = value {
            limits.deadline = span
        } else if !isDeadline, case .enumeration(_, let canonical) = value, let budget = Budget(canonical: canonical) {
            limits.budget = budget
        } else {
            let wanted =
                isDeadline ? "a deadline is a TimeSpan, such as 2.hours" : "a budget is .rankHours(8) or .price(20)"
            report("\(wanted), not \(value.typeName)", at: argument.location)
            return nil
        }
        guard let problem = limits.problem else { return limits }
        report(problem, at: argument.location)
        return nil
    }

    private mutating func parameter(_ call: Call, _ expected: RecipeType?, at location: RecipeLocation) -> Value {
        guard hasShape([nil, "default"], call, "Parameter(\"name\", default: value)", at: location) else {
            return .broken
        }
        let title = evaluate(call.arguments[0].value, expecting: .string)
        let standard = evaluate(call.arguments[1].value, expecting: expected)
        guard case .string(let name) = title else {
            if !title.isBroken { report("a parameter's name is a String", at: call.arguments[0].location) }
            return .broken
        }
        guard !standard.isBroken else { return .broken }
        guard let type = standard.type, let fallback = standard.canonical, type.isParameterType else {
            report(
                "a parameter is Bool, Int, Double, String, ByteCount, TimeSpan or an array of these, not "
                    + standard.typeName, at: call.arguments[1].location)
            return .broken
        }
        guard isLive else { return standard }
        var value = standard
        if let setting = settings.last(where: { $0.name == name }) {
            guard let parsed = Value(parameterText: setting.text, type: type) else {
                var diagnostic = ParameterRegistry.mismatch(name, text: setting.text, type: type)
                diagnostic.location = location
                diagnostics.append(diagnostic)
                return .broken
            }
            value = parsed
        }
        let record = ParameterRecord(
            name: name, type: "\(type)", value: value.canonical ?? .null, defaultValue: fallback)
        if let other = parameters.first(where: { $0.name == name }) {
            guard other == record else {
                report("parameter '\(name)' is declared twice with different defaults", at: location)
                return .broken
            }
        } else {
            parameters.append(record)
        }
        return value
    }

    // MARK: Numbers

    private mutating func conversion(to name: String, _ call: Call, at location: RecipeLocation) -> Value {
        guard hasShape([nil], call, "\(name)(value)", at: location) else { return .broken }
        let argument = call.arguments[0]
        let value = evaluate(argument.value, expecting: nil)
        switch (name, value) {
        case (_, .broken): return .broken
        case ("Double", .int(let number)): return .double(Double(number))
        case ("Double", .double), ("Int", .int), ("String", .string): return value
        case ("Int", .double(let number)):
            guard let whole = Int(exactly: number.rounded(.towardZero)) else {
                reportIfLive("\(number) has no Int", at: argument.location)
                return .broken
            }
            return .int(whole)
        case ("String", _):
            if let text = value.interpolated { return .string(text) }
        default: break
        }
        report("\(name)(…) does not take \(value.typeName)", at: argument.location)
        return .broken
    }

    private mutating func extreme(
        _ name: String, _ call: Call, _ expected: RecipeType?, at location: RecipeLocation
    ) -> Value {
        let count = name == "abs" ? 1 : max(2, call.arguments.count)
        let usage = name == "abs" ? "abs(number)" : "\(name)(one, other)"
        guard hasShape([String?](repeating: nil, count: count), call, usage, at: location) else { return .broken }
        let isFloat = call.arguments.contains { $0.value.literalNumber == .float }
        var wanted = isFloat ? RecipeType.double : expected
        var values: [Value] = []
        // What is no literal tells the type of what is.
        let literalsLast =
            call.arguments.filter { $0.value.literalNumber == nil }
            + call.arguments.filter { $0.value.literalNumber != nil }
        for argument in literalsLast {
            let value = evaluate(argument.value, expecting: wanted)
            if value.isBroken { return .broken }
            wanted = value.type
            values.append(value)
        }
        let integers = values.compactMap { if case .int(let number) = $0 { number } else { nil } }
        let doubles = values.compactMap { if case .double(let number) = $0 { number } else { nil } }
        if integers.count == values.count {
            if name == "abs", integers[0] == .min {
                reportIfLive("abs(\(integers[0])) is too large for 64 bits", at: location)
                return .broken
            }
            return .int(name == "abs" ? abs(integers[0]) : (name == "min" ? integers.min() : integers.max()) ?? 0)
        }
        if doubles.count == values.count {
            if name == "abs" { return .double(abs(doubles[0])) }
            return .double(doubles.dropFirst().reduce(doubles[0]) { name == "min" ? min($0, $1) : max($0, $1) })
        }
        report(
            "\(name) needs numbers of one type, not \(values.map(\.typeName).joined(separator: " and "))", at: location)
        return .broken
    }

    private mutating func strideValues(_ call: Call, at location: RecipeLocation) -> Value {
        let labels = call.arguments.map(\.label)
        guard call.closure == nil, labels == ["from", "to", "by"] || labels == ["from", "through", "by"] else {
            evaluateArguments(call)
            report("this is written stride(from: 0, to: 10, by: 2) or stride(from:through:by:)", at: location)
            return .broken
        }
        let isOpen = labels[1] == "to"
        let isFloat = call.arguments.contains { $0.value.literalNumber == .float }
        let typed = call.arguments.first { $0.value.literalNumber == nil }
            .flatMap { evaluate($0.value, expecting: nil).type }
        let wanted = typed ?? (isFloat ? .double : .int)
        let values = call.arguments.map { evaluate($0.value, expecting: wanted) }
        switch (values[0], values[1], values[2]) {
        case (.broken, _, _), (_, .broken, _), (_, _, .broken): return .broken
        case (.int(let start), .int(let end), .int(let step)):
            return collect(step == 0, at: location) {
                isOpen
                    ? AnySequence(stride(from: start, to: end, by: step).lazy.map(Value.int))
                    : AnySequence(stride(from: start, through: end, by: step).lazy.map(Value.int))
            }
        case (.double(let start), .double(let end), .double(let step)):
            let isEndless = step == 0 || !step.isFinite || !start.isFinite || !end.isFinite
            return collect(isEndless, at: location) {
                isOpen
                    ? AnySequence(stride(from: start, to: end, by: step).lazy.map(Value.double))
                    : AnySequence(stride(from: start, through: end, by: step).lazy.map(Value.double))
            }
        default:
            report("a stride needs three numbers of one type", at: location)
            return .broken
        }
    }

    private mutating func collect(
        _ isEndless: Bool, at location: RecipeLocation, _ sequence: () -> AnySequence<Value>
    ) -> Value {
        guard !isEndless else {
            reportIfLive("a stride needs finite numbers and a step other than 0", at: location)
            return .broken
        }
        let values = Array(sequence().prefix(Self.longestList + 1))
        guard values.count <= Self.longestList else {
            reportIfLive("this stride has more than \(Self.longestList) elements", at: location)
            return .broken
        }
        return .stride(values)
    }
}

extension RecipeType {
    /// Whether `Parameter` can have this type.
    fileprivate var isParameterType: Bool {
        switch self {
        case .bool, .int, .double, .string, .byteCount, .duration: true
        case .list(let element): element.isParameterType
        default: false
        }
    }
}

extension Value {
    /// Reads what stands after `name=` on a command line.
    fileprivate init?(parameterText text: String, type: RecipeType) {
        switch type {
        case .bool:
            guard let value = Bool(parameterText: text) else { return nil }
            self = .bool(value)
        case .int:
            guard let value = Int(parameterText: text) else { return nil }
            self = .int(value)
        case .double:
            guard let value = Double(parameterText: text) else { return nil }
            self = .double(value)
        case .string: self = .string(text)
        case .byteCount:
            guard let value = ByteCount(parameterText: text) else { return nil }
            self = .bytes(value)
        case .duration:
            guard let value = TimeSpan(parameterText: text) else { return nil }
            self = .span(value)
        case .list(let element):
            guard let words = [String](parameterText: text) else { return nil }
            var values: [Value] = []
            for word in words {
                guard let value = Value(parameterText: word, type: element) else { return nil }
                values.append(value)
            }
            self = .list(values, of: element)
        case .dictionary, .range, .optional, .enumeration, .bundle, .bundles: return nil
        }
    }
}
