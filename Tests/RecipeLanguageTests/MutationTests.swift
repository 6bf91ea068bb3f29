import Determinism
import RecipeLanguage
import Recipes
import Testing

@Suite("No text crashes the reader")
struct MutationTests {
    static let seedText = """
        import Orchestrator
        let data = Parameter("data", default: "rows.csv")
        let steps = Parameter("steps", default: 400)
        let recipe = Recipe("toy", seed: 17) {
            let table = Load(data, shards: 2 + 1)
            let cut = Cut(table, validation: 1 / 4, rejecting: [.missing, .jerk(sigma: 6)])
            for rate in [1e-3, 3e-4] {
                for n in stride(from: 1, to: 6, by: 2) {
                    let model = Fit(cut.training, steps: steps * n, rate: rate, shardBytes: 64.mebibytes, ranks: 1...4)
                    Judge(model, on: cut.validation).named("j\\(n)-\\(rate)")
                    if n > 1 && rate < 0.001 { Run(["echo", "\\(n)"], inputs: ["m": model], environment: ["A": "b"]) }
                }
            }
        }
        """

    static let words = [
        "(", ")", "[", "]", "{", "}", ",", ":", ".", "...", "..<", "\"", "\\(", "let ", "for ", "if ", "else", " in ",
        "-", "*",
        "/", "%", "0", "9223372036854775807", "1e308", "nil", "true", "Fit", "Cut", "Load", "table", ".gibibytes",
        ".hours",
        "stride(from: 0, to: 1e18, by: 1)", "0..<1000000000000", "min", "abs(", "Int(1e300)", " as Int", "[String]()",
        "é", "\u{0}", "\r\n", "#",
        "?", "!", "&&", "_", "`", "/*", "//", "\"\"\"", "@", "func f() {}", "recipe", "== ", "? 1 : 2",
    ]

    @Test("random changes end in a recipe or in diagnostics", arguments: UInt64(0)..<60)
    func mutations(seed: UInt64) {
        let field = RandomField(seed: seed, purpose: RandomPurpose("test.mutation"))
        for round in 0..<8 {
            var random = field.stream(UInt32(round))
            var text = Array(Self.seedText)
            for _ in 0...random.index(below: 4) {
                let place = random.index(below: text.count)
                switch random.index(below: 4) {
                case 0: text.remove(at: place)
                case 1: text.insert(contentsOf: Self.words[random.index(below: Self.words.count)], at: place)
                case 2:
                    let end = min(text.count, place + random.index(below: 30))
                    text.removeSubrange(place..<end)
                default:
                    let end = min(text.count, place + random.index(below: 30))
                    text.insert(contentsOf: Array(text[place..<end]), at: random.index(below: text.count))
                }
                if text.isEmpty { text = ["x"] }
            }
            _ = Reading.problems(String(text))
        }
    }

    static func many(_ part: String, _ count: Int) -> String { String(repeating: part, count: count) }

    static let greedy: [String] = {
        var texts: [String] = []
        texts.append("let x = " + many("(", 5000))
        texts.append("let x = " + many("[", 5000) + many("]", 5000))
        texts.append("let x = " + many("-", 3000) + "1")
        texts.append("let x = " + many("1 + ", 5000) + "1")
        texts.append("let x = " + many("true ? 1 : ", 3000) + "1")
        texts.append("let x = " + many("a.", 5000) + "b")
        var doubling = ["let a0 = \"x\""]
        for number in 0..<60 { doubling.append("let a\(number + 1) = a\(number) + a\(number)") }
        texts.append(doubling.joined(separator: "\n"))
        var chain: [String] = []
        for number in 0..<2000 { chain.append("let x\(number) = x\(number + 1)") }
        texts.append(chain.joined(separator: "\n"))
        texts.append("let recipe = Recipe(\"r\") { for a in 0..<1000000 { for b in 0..<1000000 { } } }")
        texts.append("let recipe = Recipe(\"r\") { for a in stride(from: 0.0, to: 1e300, by: 1e-300) { } }")
        texts.append("let recipe = Recipe(\"r\") { " + many("if true { ", 400) + many("}", 401))
        return texts
    }()

    @Test("texts made to exhaust it end quickly", arguments: greedy.indices)
    func exhausting(text: Int) {
        #expect(!Reading.problems(Self.greedy[text]).isEmpty)
    }
}
