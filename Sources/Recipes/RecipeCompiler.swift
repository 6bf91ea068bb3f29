import Determinism
import Foundation
import WorkGraph

/// One compilation: walks the nodes, checks and plans each, and collects what is wrong.
struct RecipeCompiler {
    let recipe: Recipe
    let projectDirectory: String
    let digestFile: @Sendable (String) throws -> (digest: Digest, bytes: Int)

    private var diagnostics: [RecipeDiagnostic] = []
    private var errorCount = 0
    /// `nil` for a node that could not be compiled; what reads from it is then skipped without further words.
    private var units: [ObjectIdentifier: WorkUnit?] = [:]
    private var ordered: [WorkUnit] = []
    private var nameByKey: [WorkUnit.Key: String] = [:]
    private var names = UnitNames()

    init(
        recipe: Recipe, projectDirectory: String,
        digestFile: @escaping @Sendable (String) throws -> (digest: Digest, bytes: Int)
    ) {
        self.recipe = recipe
        self.projectDirectory = projectDirectory
        self.digestFile = digestFile
    }

    mutating func compile() throws -> CompiledRecipe {
        for problem in recipe.problems { add(problem) }
        for node in reachableNodes() { compile(node) }
        if recipe.roots.isEmpty {
            add(
                RecipeDiagnostic(
                    .error,
                    "recipe '\(recipe.name)' asks for nothing: end it with a call that stands alone, such as Evaluate(…)"
                ))
        }
        // The parts of one call are wrong in one way: it is said once.
        var seen: Set<RecipeDiagnostic> = []
        let shown = diagnostics.filter { seen.insert($0).inserted }.map { $0.showing(recipe.text) }
        guard !shown.contains(where: { $0.severity == .error }) else { throw RecipeError(shown) }
        return CompiledRecipe(
            graph: WorkGraph(recipe: recipe.name, seed: recipe.seed, units: ordered), parameters: recipe.parameters,
            warnings: shown)
    }

    // MARK: Order

    /// Every node that a root reaches, producers before consumers; iterative, for chains may be long.
    private func reachableNodes() -> [UnitNode] {
        var order: [UnitNode] = []
        var seen: Set<ObjectIdentifier> = []
        var stack: [(node: UnitNode, parents: [UnitNode], next: Int)] = []
        func visit(_ node: UnitNode) {
            guard seen.insert(ObjectIdentifier(node)).inserted else { return }
            stack.append((node, node.parents, 0))
            while let top = stack.last {
                if top.next == top.parents.count {
                    order.append(top.node)
                    stack.removeLast()
                } else {
                    stack[stack.count - 1].next += 1
                    let parent = top.parents[top.next]
                    if seen.insert(ObjectIdentifier(parent)).inserted { stack.append((parent, parent.parents, 0)) }
                }
            }
        }
        for root in recipe.roots {
            for node in root.producers { visit(node) }
            for node in root.call.nodes { visit(node) }
        }
        return order
    }

    // MARK: One node

    private mutating func compile(_ node: UnitNode) {
        units[ObjectIdentifier(node)] = .some(nil)
        let before = errorCount
        let fields = node.kind.fields
        checkValues(of: node, fields)
        guard let inputs = bindings(of: node) else { return }
        let sources = sources(of: node)
        guard errorCount == before else { return }

        var parameters: [String: CanonicalValue] = [:]
        var options: [String: CanonicalValue] = [:]
        for field in fields {
            guard case .value(let value)? = node.arguments[field.name] else { continue }
            switch field.role {
            case .setting: parameters[field.name] = value
            case .resource: options[field.name] = value
            case .input, .source: break
            }
        }
        let description = node.kind.description
        var draft = UnitDraft(
            parameters: parameters, sources: sources, resources: ResourceRequest(options: options),
            isDeterministic: description.isDeterministic)
        let context = PlanContext(
            projectDirectory: projectDirectory, parents: inputs.parents, digestFile: digestFile)
        do {
            try node.instantiated().plan(&draft, context)
        } catch {
            report(error, of: node)
            return
        }
        for warning in draft.warnings {
            add(RecipeDiagnostic(.warning, warning, at: node.label.location))
        }
        var unit = WorkUnit(
            name: "", kind: description.name, kindVersion: description.version, parameters: draft.parameters,
            options: options, inputs: inputs.bindings, sources: draft.sources, outputs: node.outputs,
            resources: draft.resources, seed: description.isRandom ? recipe.seed : nil,
            numericsVersion: description.computesFloats ? NumericsVersion.current : nil,
            isDeterministic: draft.isDeterministic, estimate: draft.estimate, location: node.label.location)
        if let name = nameByKey[unit.key] {
            unit.name = name
        } else {
            switch names.name(for: node) {
            case .success(let name): unit.name = name
            case .failure(let problem):
                add(RecipeDiagnostic(.error, problem.message, at: node.label.location))
                return
            }
            nameByKey[unit.key] = unit.name
            ordered.append(unit)
        }
        units[ObjectIdentifier(node)] = unit
    }

    private mutating func checkValues(of node: UnitNode, _ fields: [FieldDescription]) {
        for field in fields {
            guard case .value(let value)? = node.arguments[field.name] else { continue }
            if let problem = value.problem(within: field.bounds) {
                report(ArgumentError(argument: field.name, message: "'\(field.name)' \(problem)"), of: node)
            }
        }
    }

    /// The ports of all inputs; `nil` when a producer could not be compiled.
    private func bindings(
        of node: UnitNode
    ) -> (bindings: [PortBinding], parents: [String: [WorkUnit]])? {
        var bindings: [PortBinding] = []
        var parents: [String: [WorkUnit]] = [:]
        func bind(_ wiring: Wiring, as port: String, type: BundleType) -> Bool {
            for member in type.members {
                let parts = wiring.members[member.name] ?? []
                var references: [OutputReference] = []
                var producers: [WorkUnit] = []
                references.reserveCapacity(parts.count)
                for part in parts {
                    guard let unit = units[ObjectIdentifier(part.node)] ?? nil else { return false }
                    references.append(OutputReference(producer: unit.key, output: part.output))
                    producers.append(unit)
                }
                let name = "\(port).\(member.name)"
                bindings.append(PortBinding(port: name, type: member.type, parts: references))
                parents[name] = producers
            }
            return true
        }
        for field in node.kind.inputs {
            switch node.arguments[field.name] {
            case .wiring(let wiring)?:
                guard let type = field.type.bundle, bind(wiring, as: field.name, type: type) else { return nil }
            case .wirings(let handles)?:
                for handle in handles {
                    guard bind(handle.wiring, as: "\(field.name).\(handle.name)", type: handle.type) else { return nil }
                }
            case .value?, nil: break
            }
        }
        return (bindings, parents)
    }

    private mutating func sources(of node: UnitNode) -> [SourceBinding] {
        let fields = node.kind.sources
        guard !fields.isEmpty else { return [] }
        var sources: [SourceBinding] = []
        let context = PlanContext(projectDirectory: projectDirectory, parents: [:], digestFile: digestFile)
        for field in fields {
            guard case .value(.string(let path))? = node.arguments[field.name] else { continue }
            let full = context.absolute(path)
            guard FileManager.default.fileExists(atPath: full) else {
                let remedy = path.hasPrefix("/") ? "" : "; relative paths start at \(projectDirectory)"
                let kind = node.label.kind ?? node.kind.description.name
                add(
                    RecipeDiagnostic(
                        .error, "'\(field.name)' of \(kind): there is no file '\(path)'\(remedy)",
                        at: node.label.argumentLocations[field.name] ?? node.label.location,
                        exitCode: ExitCode.missingInput))
                continue
            }
            do {
                sources.append(try context.source(path, port: field.name))
            } catch {
                report(error, of: node, argument: field.name)
            }
        }
        return sources
    }

    // MARK: Problems

    private mutating func add(_ diagnostic: RecipeDiagnostic) {
        if diagnostic.severity == .error { errorCount += 1 }
        diagnostics.append(diagnostic)
    }

    private mutating func report(_ error: any Error, of node: UnitNode, argument: String? = nil) {
        let blamed = (error as? ArgumentError)?.argument ?? argument
        let location = blamed.flatMap { node.label.argumentLocations[$0] } ?? node.label.location
        let code = (error as? any ExitCoded)?.exitCode ?? ExitCode.badRecipe
        let subject = node.label.name ?? node.label.kind ?? node.kind.description.name
        add(RecipeDiagnostic(.error, "\(subject): \(error)", at: location, exitCode: code))
    }
}

extension UnitNode {
    /// The nodes this one reads from, in the order of fields, members and parts.
    fileprivate var parents: [UnitNode] {
        kind.inputs.flatMap { field -> [UnitNode] in
            switch arguments[field.name] {
            case .wiring(let wiring)?: return wiring.producers
            case .wirings(let handles)?: return handles.flatMap(\.wiring.producers)
            case .value?, nil: return []
            }
        }
    }
}

extension Wiring {
    /// The nodes that make the members, in the order of member names.
    fileprivate var producers: [UnitNode] {
        members.keys.sorted().flatMap { members[$0]?.map(\.node) ?? [] }
    }
}

extension RecipeType {
    /// The handle type of an input, absent or not.
    package var bundle: BundleType? {
        switch self {
        case .bundle(let type): type
        case .optional(let wrapped): wrapped.bundle
        default: nil
        }
    }
}

extension CanonicalValue {
    /// What is wrong with a number, or with one of a list: outside of `bounds` or not finite.
    package func problem(within bounds: ClosedRange<Double>?) -> String? {
        switch self {
        case .int(let value):
            guard let bounds, !bounds.contains(Double(value)) else { return nil }
            return "must be \(bounds.inWords); it is \(value)"
        case .double(let value):
            guard value.isFinite else { return "must be a finite number; it is \(value)" }
            guard let bounds, !bounds.contains(value) else { return nil }
            return "must be \(bounds.inWords); it is \(value)"
        case .list(let values):
            return values.lazy.compactMap { $0.problem(within: bounds) }.first
        case .null, .bool, .string, .bytes, .map: return nil
        }
    }
}

extension ClosedRange<Double> {
    /// `between 1 and 8`, `at least 1`, `at most 8`.
    package var inWords: String {
        func text(_ number: Double) -> String { Int(exactly: number).map(String.init) ?? "\(number)" }
        if upperBound == .infinity || upperBound >= 0x1p53 { return "at least \(text(lowerBound))" }
        if lowerBound == -.infinity || lowerBound <= -0x1p53 { return "at most \(text(upperBound))" }
        return "between \(text(lowerBound)) and \(text(upperBound))"
    }
}
