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

    @Test(
        "texts made to exhaust it end quickly",
        arguments: [
            "let x = " + String(repeating: "(", count: 5000),
            "let x = " + String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000),
            "let x = " + String(repeating: "-", count: 3000) + "1",
            "let x = " + String(repeating: "1 + ", count: 5000) + "1",
            "let x = " + String(repeating: "true ? 1 : ", count: 3000) + "1",
            "let x = " + String(repeating: "a.", count: 5000) + "b",
            "let a = \"x\"\n"
                + (0..<60).map { "let a\($0 + 1) = a\($0 == 0 ? "" : "\($0)") + a\($0 == 0 ? "" : "\($0)")" }.joined(
                    separator: "\n"),
            (0..<2000).map { "let x\($0) = x\($0 + 1)" }.joined(separator: "\n"),
            "let recipe = Recipe(\"r\") { for a in 0..<1000000 { for b in 0..<1000000 { for c in 0..<1000000 { } } } }",
            "let recipe = Recipe(\"r\") { for a in stride(from: 0.0, to: 1e300, by: 1e-300) { } }",
            "let recipe = Recipe(\"r\") { " + String(repeating: "if true { ", count: 400)
                + String(repeating: "}", count: 401),
        ])
    func exhausting(text: String) {
        #expect(!Reading.problems(text).isEmpty)
    }
}
