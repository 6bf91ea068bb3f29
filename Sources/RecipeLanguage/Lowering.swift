import Recipes
import SwiftDiagnostics
import SwiftOperators
import SwiftParser
import SwiftParserDiagnostics
import SwiftSyntax
import WorkGraph

/// Turns Swift's syntax tree into the few constructs a recipe may hold, reporting every other one once.
struct Lowering {
    /// A sequence of operators longer than this is refused, for folding it recurses.
    static let longestOperatorChain = 200

    private let file: String
    private let converter: SourceLocationConverter
    private(set) var diagnostics: [RecipeDiagnostic] = []
    /// Whether something was found that only the compiler understands.
    private(set) var needsCompiler = false

    /// Parses and lowers a file.
    static func declarations(of text: RecipeText) -> (declarations: [Declaration], diagnostics: [RecipeDiagnostic]) {
        let tree = Parser.parse(source: text.content)
        var lowering = Lowering(file: text.file, converter: SourceLocationConverter(fileName: text.file, tree: tree))
        for problem in ParseDiagnosticsGenerator.diagnostics(for: tree) where problem.diagMessage.severity == .error {
            lowering.report(problem.message, at: problem.position)
        }
        guard lowering.diagnostics.isEmpty else { return ([], lowering.diagnostics) }
        let chains = LongChains(viewMode: .sourceAccurate)
        chains.walk(tree)
        for position in chains.found {
            lowering.report(
                "an expression has more than \(longestOperatorChain) operators; bind parts of it", at: position)
        }
        guard lowering.diagnostics.isEmpty else { return ([], lowering.diagnostics) }
        var foldingErrors: [(String, AbsolutePosition)] = []
        let folded = OperatorTable.standardOperators.foldAll(tree) { error in foldingErrors.append(error.inWords) }
        for (message, position) in foldingErrors { lowering.report(message, at: position) }
        guard lowering.diagnostics.isEmpty, let file = folded.as(SourceFileSyntax.self) else {
            return ([], lowering.diagnostics)
        }
        let declarations = lowering.topLevel(file.statements)
        if lowering.needsCompiler { lowering.diagnostics.append(.howToCompile) }
        return (declarations, lowering.diagnostics)
    }

    private init(file: String, converter: SourceLocationConverter) {
        self.file = file
        self.converter = converter
    }

    // MARK: Reporting

    func location(_ position: AbsolutePosition) -> RecipeLocation {
        let found = converter.location(for: position)
        return RecipeLocation(file: file, line: found.line, column: found.column)
    }

    func location(_ node: some SyntaxProtocol) -> RecipeLocation { location(node.positionAfterSkippingLeadingTrivia) }

    mutating func report(_ message: String, at position: AbsolutePosition) {
        diagnostics.append(RecipeDiagnostic(.error, message, at: location(position)))
    }

    /// Something that is Swift, but not of the part that is read.
    mutating func refuse(_ what: String, _ node: some SyntaxProtocol) {
        needsCompiler = true
        report("\(what) needs the Swift compiler", at: node.positionAfterSkippingLeadingTrivia)
    }

    // MARK: Declarations and statements

    private mutating func topLevel(_ items: CodeBlockItemListSyntax) -> [Declaration] {
        var declarations: [Declaration] = []
        for item in items {
            switch item.item {
            case .decl(let declaration):
                if let imported = declaration.as(ImportDeclSyntax.self) {
                    let module = imported.path.trimmedDescription
                    if module != "Orchestrator" { refuse("'import \(module)'", imported) }
                } else {
                    declarations += bindings(declaration)
                }
            case .stmt(let statement):
                report("only declarations stand at the top of a recipe file", at: statement.start)
            case .expr(let expression):
                report(
                    "only declarations stand at the top of a recipe file; calls stand inside Recipe(…) { }",
                    at: expression.start)
            }
        }
        return declarations
    }

    private mutating func bindings(_ declaration: DeclSyntax) -> [Declaration] {
        guard let variable = declaration.as(VariableDeclSyntax.self) else {
            refuse(declaration.inWords, declaration)
            return []
        }
        guard variable.bindingSpecifier.tokenKind == .keyword(.let) else {
            refuse("'var'", variable)
            return []
        }
        if let attribute = variable.attributes.first { refuse("an attribute", attribute) }
        var found: [Declaration] = []
        for binding in variable.bindings {
            guard let name = binding.pattern.as(IdentifierPatternSyntax.self), binding.accessorBlock == nil else {
                refuse("a pattern other than a name", binding.pattern)
                continue
            }
            guard let value = binding.initializer?.value else {
                report("'\(name.identifier.text)' has no value", at: name.start)
                continue
            }
            found.append(
                Declaration(
                    name: name.identifier.plainName, location: location(name),
                    type: binding.typeAnnotation.flatMap { type($0.type) },
                    value: expression(value)))
        }
        return found
    }

    mutating func statements(_ items: CodeBlockItemListSyntax) -> [Statement] {
        items.flatMap { item -> [Statement] in
            switch item.item {
            case .decl(let declaration): return bindings(declaration).map(Statement.binding)
            case .expr(let expression): return [statement(expression)]
            case .stmt(let statement):
                if let loop = statement.as(ForStmtSyntax.self) { return lower(loop) }
                if let wrapped = statement.as(ExpressionStmtSyntax.self) { return [self.statement(wrapped.expression)] }
                refuse("'\(statement.firstToken(viewMode: .sourceAccurate)?.text ?? "this statement")'", statement)
                return []
            }
        }
    }

    private mutating func statement(_ syntax: ExprSyntax) -> Statement {
        if let choice = syntax.as(IfExprSyntax.self) { return lower(choice) }
        return .expression(expression(syntax))
    }

    private mutating func lower(_ loop: ForStmtSyntax) -> [Statement] {
        if let clause = loop.whereClause { refuse("'where'", clause) }
        if let word = loop.tryKeyword ?? loop.awaitKeyword ?? loop.unsafeKeyword ?? loop.caseKeyword {
            refuse("'\(word.text)'", word)
        }
        var variable: String?
        if let name = loop.pattern.as(IdentifierPatternSyntax.self) {
            variable = name.identifier.plainName
        } else if !loop.pattern.is(WildcardPatternSyntax.self) {
            refuse("a pattern other than a name", loop.pattern)
        }
        return [
            .loop(
                variable: variable, location: location(loop.pattern), sequence: expression(loop.sequence),
                body: statements(loop.body.statements))
        ]
    }

    private mutating func lower(_ choice: IfExprSyntax) -> Statement {
        let then = statements(choice.body.statements)
        var otherwise: [Statement] = []
        switch choice.elseBody {
        case .ifExpr(let next)?: otherwise = [lower(next)]
        case .codeBlock(let block)?: otherwise = statements(block.statements)
        case nil: break
        }
        guard choice.conditions.count == 1, let first = choice.conditions.first,
            case .expression(let condition) = first.condition
        else {
            refuse("'if' with anything but one condition", choice.conditions)
            return .block(then + otherwise)
        }
        return .choice(condition: expression(condition), then: then, otherwise: otherwise)
    }

    // MARK: Types

    mutating func type(_ syntax: TypeSyntax) -> TypeText? {
        if let list = syntax.as(ArrayTypeSyntax.self) { return type(list.element).map(TypeText.list) }
        if let optional = syntax.as(OptionalTypeSyntax.self) {
            return type(optional.wrappedType).map(TypeText.optional)
        }
        if let dictionary = syntax.as(DictionaryTypeSyntax.self) {
            guard dictionary.key.trimmedDescription == "String" else {
                refuse("a dictionary whose keys are not String", dictionary)
                return nil
            }
            return type(dictionary.value).map(TypeText.dictionary)
        }
        if syntax.is(IdentifierTypeSyntax.self) || syntax.is(MemberTypeSyntax.self)
            || syntax.is(SomeOrAnyTypeSyntax.self)
        {
            return .name(syntax.trimmedDescription, location(syntax))
        }
        refuse("this type", syntax)
        return nil
    }
}

/// Finds operator sequences that are too long to fold.
private final class LongChains: SyntaxVisitor {
    var found: [AbsolutePosition] = []

    override func visit(_ node: SequenceExprSyntax) -> SyntaxVisitorContinueKind {
        if node.elements.count > 2 * Lowering.longestOperatorChain { found.append(node.start) }
        return .visitChildren
    }
}

extension SyntaxProtocol {
    /// Where the first token starts.
    var start: AbsolutePosition { positionAfterSkippingLeadingTrivia }

    /// As written, but short enough for a message.
    var shortText: String {
        let text = trimmedLength.utf8Length <= 200 ? trimmedDescription : "…"
        return text.count <= 40 && !text.contains("\n") ? text : text.prefix(30).prefix { $0 != "\n" } + "…"
    }
}

extension TokenSyntax {
    /// The identifier without backticks.
    var plainName: String { text.hasPrefix("`") && text.count > 2 ? String(text.dropFirst().dropLast()) : text }
}

extension DeclSyntax {
    /// What a declaration that is not read is called.
    fileprivate var inWords: String {
        switch kind {
        case .functionDecl: "a function"
        case .structDecl, .enumDecl, .classDecl, .actorDecl, .protocolDecl, .typeAliasDecl: "a type of one's own"
        case .extensionDecl: "an extension"
        case .ifConfigDecl: "'#if'"
        case .macroExpansionDecl, .macroDecl: "a macro"
        default: "this declaration"
        }
    }
}

extension OperatorError {
    fileprivate var inWords: (String, AbsolutePosition) {
        switch self {
        case .missingOperator(let name, let node): ("the operator '\(name)' is unknown", node.start)
        case .incomparableOperators(let left, _, let right, _):
            (
                "'\(left.trimmedDescription)' and '\(right.trimmedDescription)' need parentheses between them",
                right.start
            )
        case .missingGroup(_, let node): ("this operator has no precedence", node.start)
        case .groupAlreadyExists, .operatorAlreadyExists:
            ("operators cannot be declared", AbsolutePosition(utf8Offset: 0))
        }
    }
}

extension RecipeDiagnostic {
    /// The note that follows constructs which are Swift but not of the part that is read.
    static let howToCompile = RecipeDiagnostic(
        .note,
        """
        recipes with functions, closures or types of their own are small executables; three lines of Package.swift:
            dependencies: [.package(path: "../orchestrate")],
            targets: [.executableTarget(name: "my-recipe", dependencies: [
                .product(name: "Orchestrator", package: "orchestrate")])]
        What recipe files may hold, and an example: Documentation/RecipeLanguage.md#when-the-compiler-is-needed
        """)
}
