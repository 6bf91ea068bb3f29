import Determinism
import RecipeLanguage
import Recipes
import Testing
import WorkGraph

@Suite("Recipe files")
struct RecipeReaderTests {
    @Test("a text gives the keys that the same Swift gives")
    func sameKeys() throws {
        let text = """
            import Orchestrator

            let data = Parameter("data", default: "rows.csv")
            let steps = Parameter("steps", default: 400)

            let recipe = Recipe("toy", seed: 17) {
                let table = Load(data, shards: 2 + 1)
                let cut = Cut(table, validation: 1 / 4, rejecting: [.missing, .jerk(sigma: 6)])
                for rate in [1e-3, 3e-4] {
                    for n in 1...2 {
                        let model = Fit(
                            cut.training, steps: steps * n, rate: rate * 2, shardBytes: 64.mebibytes,
                            columns: ["a", "b\\(n)"], ranks: 1...4, timeLimit: 2.hours)
                        Judge(model, on: cut.validation)
                        if n > 1 && rate < 0.001 {
                            Run(["echo", "\\(rate) \\(n)"], inputs: ["model": model, "cut": cut])
                        } else {
                            Fit(cut.training, from: model, steps: n == 1 ? 7 : 8, rate: n == 1 ? 1 : 0.5)
                        }
                    }
                }
            }
            """
        let steps = 400
        let built = Recipe("toy", seed: 17) {
            let table = Load("rows.csv", shards: 2 + 1)
            let cut = Cut(table, validation: 1 / 4, rejecting: [.missing, .jerk(sigma: 6)])
            for rate in [1e-3, 3e-4] {
                for n in 1...2 {
                    let model = Fit(
                        cut.training, steps: steps * n, rate: rate * 2, shardBytes: 64.mebibytes,
                        columns: ["a", "b\(n)"], ranks: 1...4, timeLimit: 2.hours)
                    Judge(model, on: cut.validation)
                    if n > 1 && rate < 0.001 {
                        Run(["echo", "\(rate) \(n)"], inputs: ["model": model, "cut": cut])
                    } else {
                        Fit(cut.training, from: model, steps: n == 1 ? 7 : 8, rate: n == 1 ? 1 : 0.5)
                    }
                }
            }
        }
        let read = try Reading.graph(text)
        let compiled = try Reading.compile(built).graph
        #expect(read.units.map(\.key) == compiled.units.map(\.key))
        #expect(read.units.map(\.resources) == compiled.units.map(\.resources))
        #expect(read.units.count == 17)
    }

    @Test("bindings and loop variables name the units, kinds name the rest")
    func names() throws {
        let graph = try Reading.graph(
            """
            let recipe = Recipe("toy") {
                let table = Load("rows.csv", shards: 2)
                let cut = Cut(table)
                for rate in [0.001, 0.5] {
                    let model = Fit(cut.training, steps: 5, rate: rate)
                    Judge(model, on: cut.validation)
                }
                Judge(Fit(cut.training, steps: 6), on: cut.validation)
                Run(["x"]).named("last")
                Run(["y"])
            }
            """)
        #expect(
            graph.units.map(\.name).sorted() == [
                "cut", "fit", "judge", "judge[rate=0.001]", "judge[rate=0.5]", "last", "model[rate=0.001]",
                "model[rate=0.5]", "run", "table", "table/shard-0", "table/shard-1",
            ])
    }

    @Test("names never count in keys, seeds and settings do")
    func keys() throws {
        func keys(_ statement: String, seed: Int = 17) throws -> Set<Digest> {
            let graph = try Reading.graph(
                "let recipe = Recipe(\"r\", seed: \(seed)) { let t = Load(\"rows.csv\")\n\(statement) }")
            return Set(graph.units.map(\.key))
        }
        let plain = try keys("Cut(t)")
        #expect(try keys("let other = Cut(t)\nother") == plain)
        #expect(try keys("Cut(t, validation: 0.1)") == plain)
        #expect(try keys("Cut(t).named(\"x\")") == plain)
        #expect(try keys("Cut(t, validation: 0.2)") != plain)
        #expect(try keys("Cut(t)", seed: 18) != plain)
    }

    @Test("parameters are set by name and typed")
    func parameters() throws {
        let text = """
            let steps = Parameter("steps", default: 400)
            let rate = Parameter("rate", default: 0.001)
            let columns = Parameter("columns", default: ["a"])
            let size = Parameter("size", default: 1.mebibytes)
            let recipe = Recipe("toy", seed: 1) {
                Fit(Load("rows.csv"), steps: steps, rate: rate, shardBytes: size, columns: columns)
            }
            """
        let recipe = try Reading.recipe(
            text, set: [("steps", "1_200"), ("rate", "1"), ("columns", "x,y"), ("size", "2MiB"), ("steps", "1300")])
        let unit = try #require(try Reading.compile(recipe).graph.units.last)
        #expect(unit.parameters["steps"] == .int(1300))
        #expect(unit.parameters["rate"] == .double(1))
        #expect(unit.parameters["columns"] == .list([.string("x"), .string("y")]))
        #expect(unit.parameters["shardBytes"] == .int(2 << 20))
        #expect(recipe.parameters.map(\.name) == ["steps", "rate", "columns", "size"])
        #expect(recipe.parameters[0].defaultValue == .int(400))
        #expect(
            Reading.problems(text, set: [("stpes", "3")]) == [
                "--set stpes: the recipe has no parameter 'stpes'. Did you mean 'steps'?"
            ])
        #expect(
            Reading.problems(text, set: [("steps", "1.5")]) == [
                "1:13 --set steps=1.5: parameter 'steps' is an Int and '1.5' is not"
            ])
    }

    @Test("what no statement reaches is left out, with a warning")
    func unused() throws {
        let text = Reading.body(
            "let spare = Fit(cut.training, steps: 5)\nJudge(Fit(cut.training, steps: 6), on: cut.validation)")
        #expect(Reading.problems(text) == ["4:9 warning: 'spare' is never used, so it is not part of the recipe"])
        #expect(try Reading.graph(text).units.contains { $0.name == "spare" } == false)
    }

    @Test("a thousand turns make a thousand units")
    func manyUnits() throws {
        let text = Reading.body("for i in 0..<1000 { Fit(cut.training, steps: i + 100) }")
        #expect(try Reading.graph(text).units.count == 1003)
    }
}
