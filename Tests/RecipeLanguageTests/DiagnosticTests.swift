import Determinism
import RecipeLanguage
import Recipes
import Testing

@Suite("What is wrong with a recipe")
struct DiagnosticTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let statements: String
        let expected: [String]
        init(_ statements: String, _ expected: String...) {
            self.statements = statements
            self.expected = expected
        }
        var testDescription: String { statements }
    }

    static let cases: [Case] = [
        Case("Jugde(cut)", "4:5 there is no unit kind 'Jugde'. Did you mean 'Judge'?"),
        Case("Cut(tabel)", "4:9 there is no 'tabel' here. Did you mean 'table'?"),
        Case("Cut(table, valdation: 0.5)", "4:16 Cut has no argument 'valdation'. Did you mean 'validation'?"),
        Case("Cut(table, validation: 2)", "4:28 'validation' of Cut must be between 0 and 1; it is 2.0"),
        Case("Cut(table, rejecting: [.mising])", "4:28 Fault has no case 'mising'. Did you mean 'missing'?"),
        Case("Cut(table, rejecting: [.jerk(6)])", "4:34 '.jerk' is written .jerk(sigma: Double)"),
        Case("Cut(table, rejecting: [], validation: 0.5)", "4:31 'validation' comes before 'rejecting' in Cut"),
        Case("Cut(table, validation: 0.5, validation: 0.5)", "4:33 'validation' stands twice in this call of Cut"),
        Case("Cut()", "4:9 Cut needs 'table', a Table: The table."),
        Case("Cut(table, 0.5)", "4:16 the label 'validation:' is missing here"),
        Case(
            "Cut(table: table)", "4:9 'table' is written without its label",
            "4:21 Cut needs 'table', a Table: The table."),
        Case("Fit(cut, steps: 5)", "4:9 'table' of Fit is a Table; 'cut' is TableCut. Did you mean 'cut.training'?"),
        Case("Fit(cut.trainig, steps: 5)", "4:13 TableCut has no member 'trainig'. Did you mean 'training'?"),
        Case("Fit(table, steps: 0.5)", "4:23 'steps' of Fit is an Int; '0.5' is Double."),
        Case(
            "let n = 2\nFit(table, steps: 5, rate: n)",
            "5:28 'rate' of Fit is a Double; 'n' is Int. Write Double(…) around it."),
        Case(
            "Fit(table, steps: 5, shardBytes: 3.megabytes)",
            "4:40 there is no unit of measure 'megabytes'. Did you mean 'mebibytes'?"),
        Case("Fit(table, steps: 13)", "4:23 Fit: 13 steps bring bad luck; take 12 or 14"),
        Case("Fit(table, steps: 14)", "4:5 warning: 14 is nearly 13"),
        Case("Fit(table, steps: 9223372036854775807 + 1)", "4:43 9223372036854775807 + 1 is too large for 64 bits"),
        Case("Fit(table, steps: 99999999999999999999)", "4:23 this integer is too large for 64 bits"),
        Case("Fit(table, steps: 7 / 0)", "4:25 7 / 0 has no value"),
        Case("Fit(table, steps: 5 + \"a\")", "4:25 '+' does not take Int and String"),
        Case("for i in 5...2 { Cut(table) }", "4:15 the range 5...2 ends before it starts"),
        Case("let x = [1, \"a\"]\nRun([\"\\(x.count)\"])", "4:14 this array holds String, but this element is Int"),
        Case("let x = 1\nlet x = 2\nFit(table, steps: x)", "5:5 'x' is declared twice; the first time on line 4"),
        Case("Cut(table)\n3", "5:1 a statement of a recipe is a call that makes units; this is Int"),
        Case("var x = 3", "4:5 'var' needs the Swift compiler"),
        Case("func f() {}", "4:5 a function needs the Swift compiler"),
        Case("struct S {}", "4:5 a type of one's own needs the Swift compiler"),
        Case("while true {}", "4:5 'while' needs the Swift compiler"),
        Case("Run([\"a\"].map { $0 })", "4:19 a closure needs the Swift compiler"),
        Case("Load(\"rows.csv\", shards: 0)", "4:30 'shards' of Load must be between 1 and 64; it is 0"),
        Case(
            "Load(\"nothere.csv\")",
            "4:10 'path' of Load: there is no file 'nothere.csv'; relative paths start at \(Reading.folder)"),
        Case(
            "Cut(table).named(\"a b\")",
            "4:5 'a b' cannot be a unit's name: it starts with a letter or digit, and letters, digits and - _ . + = , [ ] may stand in it"
        ),
        Case(
            "for i in 1...2 { Fit(table, steps: i).named(\"x\") }",
            "4:22 two units are named 'x'; inside 'for' put the variable into the name: .named(\"x-\\(variable)\")"),
        Case("if false { Cut(tabel) }", "4:20 there is no 'tabel' here. Did you mean 'table'?"),
        Case("for i in 0..<0 { Cut(tabel) }", "4:26 there is no 'tabel' here. Did you mean 'table'?"),
    ]

    @Test("is said with line, column and remedy", arguments: cases)
    func wrong(_ example: Case) {
        let found = Reading.problems(
            Reading.body(example.statements + "\nJudge(Fit(cut.training, steps: 5), on: cut.validation)"))
        #expect(found.filter { !$0.hasPrefix("note:") } == example.expected)
    }

    @Test("several things are said at once, with the line and a caret")
    func several() throws {
        let text = Reading.body("Cut(tabel)\n\tFit(cut, steps: 0.5)")
        let error = try #require(throws: RecipeError.self) { try Reading.recipe(text) }
        #expect(
            error.description == """
                toy.swift:4:9: error: there is no 'tabel' here. Did you mean 'table'?
                    Cut(tabel)
                        ^
                toy.swift:5:6: error: 'table' of Fit is a Table; 'cut' is TableCut. Did you mean 'cut.training'?
                \tFit(cut, steps: 0.5)
                \t    ^
                toy.swift:5:18: error: 'steps' of Fit is an Int; '0.5' is Double.
                \tFit(cut, steps: 0.5)
                \t                ^
                3 errors in the recipe
                """)
        #expect(error.exitCode == 78)
    }

    @Test("missing files alone give exit code 66")
    func missingFile() throws {
        let text = "let recipe = Recipe(\"r\") { Load(\"nothere.csv\") }"
        let error = try #require(throws: RecipeError.self) { try Reading.graph(text) }
        #expect(error.exitCode == 66)
    }

    @Test("a file without a recipe, or with nothing in it, is told so")
    func noRecipe() {
        #expect(
            Reading.problems("let x = 3") == ["1:1 the file declares no recipe: let recipe = Recipe(\"name\") { … }"]
                || Reading.problems("let x = 3").contains { $0.contains("declares no recipe") })
        #expect(Reading.problems("let recipe = Recipe(\"r\") { }").first?.contains("asks for nothing") == true)
        #expect(Reading.problems("let recipe = Recipe(\"r\") { Cut(").isEmpty == false)
        #expect(Reading.problems("let a = b\nlet b = a").contains { $0.contains("is defined by itself") })
    }
}
