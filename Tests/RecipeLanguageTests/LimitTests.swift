import Recipes
import Testing
import WorkGraph

@Suite("Deadlines and budgets")
struct LimitTests {
    private func limits(_ arguments: String) throws -> RecipeLimits {
        try Reading.recipe("let recipe = Recipe(\"toy\"\(arguments)) { Load(\"rows.csv\") }").limits
    }

    private func problems(_ arguments: String) -> [String] {
        Reading.problems("let recipe = Recipe(\"toy\"\(arguments)) {\n    Load(\"rows.csv\")\n}")
    }

    @Test func `both are read, in any measure, and may be left out`() throws {
        #expect(try limits("") == RecipeLimits())
        #expect(try limits(", seed: 3, deadline: 2.hours") == RecipeLimits(deadline: 2.hours))
        #expect(try limits(", budget: .rankHours(8)") == RecipeLimits(budget: .rankHours(8)))
        #expect(
            try limits(", seed: 3, deadline: 30.minutes, budget: .price(2.5)")
                == RecipeLimits(deadline: 30.minutes, budget: .price(2.5)))
        #expect(try limits(", budget: Budget.price(7)") == RecipeLimits(budget: .price(7)))
    }

    @Test func `text and code say the same, and keys do not know of limits`() throws {
        let text =
            "let recipe = Recipe(\"toy\", seed: 3, deadline: 2.hours, budget: .rankHours(8)) { Load(\"rows.csv\") }"
        let built = Recipe("toy", seed: 3, deadline: 2.hours, budget: .rankHours(8)) { Load("rows.csv") }
        #expect(try Reading.recipe(text).limits == built.limits)
        let plain = try Reading.graph("let recipe = Recipe(\"toy\", seed: 3) { Load(\"rows.csv\") }")
        #expect(try Reading.graph(text).units.map(\.key) == plain.units.map(\.key))
    }

    @Test func `what is wrong is named with its place`() {
        #expect(problems(", deadline: 2") == ["1:28 a deadline is a TimeSpan, such as 2.hours, not Int"])
        #expect(problems(", deadline: 0.hours").first?.hasPrefix("1:28 a deadline is above 0") == true)
        #expect(problems(", budget: .rankHours(0 - 1)").first?.hasPrefix("1:28 a budget is above 0") == true)
        #expect(problems(", budget: .hours(8)").first?.contains("Budget has no case 'hours'") == true)
        #expect(problems(", budget: 8").first?.contains("a budget is .rankHours(8) or .price(20), not Int") == true)
        #expect(problems(", budget: .price(1), seed: 3").first?.contains("this is written Recipe(") == true)
        #expect(problems(", deadlin: 2.hours").first?.contains("this is written Recipe(") == true)
    }
}
