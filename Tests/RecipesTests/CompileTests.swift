import Determinism
import Recipes
import Testing
import WorkGraph

@Suite("Recipes built in Swift")
struct CompileTests {
    static func compile(_ recipe: Recipe) throws -> WorkGraph {
        try recipe.compile(projectDirectory: "/nowhere") { (Digest(of: $0), 1) }.graph
    }

    @Test("only what expression statements reach is compiled, producers first")
    func reach() throws {
        let graph = try Self.compile(
            Recipe("r") {
                let first = Make(1)
                let _ = Make(2)
                Take(first)
            })
        #expect(graph.units.map(\.name) == ["make", "take"])
        #expect(graph.units[1].inputs.map(\.port) == ["thing.thing"])
        #expect(graph.units[1].inputs[0].parts[0].producer == graph.units[0].key)
    }

    @Test("equal units are one unit")
    func merging() throws {
        let graph = try Self.compile(
            Recipe("r") {
                Take(Make(1))
                Take(Make(1))
                Take(Make(2)).named("other")
            })
        #expect(graph.units.map(\.name) == ["make", "take", "make-2", "other"])
    }

    @Test("what a kind is set to after it was placed changes nothing")
    func laterChanges() throws {
        let kind = MakeKind()
        kind.number = 7
        let first = kind.place()
        kind.number = 8
        let second = kind.place()
        let graph = try Self.compile(
            Recipe("r") {
                first
                second
            })
        #expect(graph.units.map { $0.parameters["number"] } == [.int(7), .int(8)])
        #expect(graph.units.map(\.estimate.fixedSeconds) == [7, 8])
    }

    @Test("loops and conditions work as in any builder")
    func control() throws {
        let graph = try Self.compile(
            Recipe("r") {
                for number in 1...3 {
                    if number == 2 { Take(Make(number)) } else { Make(number * 10) }
                }
            })
        #expect(graph.units.count == 4)
    }

    @Test("resources and names do not count in keys, the seed does for random kinds only")
    func keys() throws {
        func key(seed: Int = 1, number: Int = 1, ranks: ClosedRange<Int> = 1...1, name: String = "x") throws -> Digest {
            try Self.compile(Recipe("r", seed: seed) { Make(number, ranks: ranks).named(name) }).units[0].key
        }
        #expect(try key() == key(seed: 2, ranks: 1...4, name: "y"))
        #expect(try key() != key(number: 2))
        let random = try Self.compile(Recipe("r", seed: 1) { Take(Make(1)) }).units[1]
        let other = try Self.compile(Recipe("r", seed: 2) { Take(Make(1)) }).units[1]
        #expect(random.key != other.key)
        #expect(random.seed == 1)
    }

    @Test("values outside of their bounds are told together")
    func bounds() throws {
        let error = try #require(throws: RecipeError.self) {
            try Self.compile(
                Recipe("r") {
                    Make(-1)
                    Make(5000, ranks: 0...3)
                })
        }
        #expect(
            error.diagnostics.map(\.message) == [
                "Make: 'number' must be between 0 and 1000; it is -1",
                "Make: 'number' must be between 0 and 1000; it is 5000",
                "Make: 'ranks' must be at least 1; it is 0",
            ])
        #expect(error.exitCode == 78)
    }

    @Test("two calls cannot share a given name")
    func sharedName() throws {
        let error = try #require(throws: RecipeError.self) {
            try Self.compile(
                Recipe("r") {
                    Make(1).named("a")
                    Make(2).named("a")
                })
        }
        #expect(error.diagnostics.count == 1)
    }

    @Test("a group of handles is bound by name, in the order of names")
    func groups() throws {
        let graph = try Self.compile(
            Recipe("r") { Gather(["b": Make(2), "a": Take(Make(1))]) })
        #expect(graph.units.last?.inputs.map(\.port) == ["things.a.other", "things.b.thing"])
    }

    @Test("long chains do not recurse")
    func chains() throws {
        let graph = try Self.compile(
            Recipe("r") {
                Self.chain(20_000)
            })
        #expect(graph.units.count == 20_001)
    }

    static func chain(_ length: Int) -> Thing {
        var thing = Make(0)
        for number in 0..<length { thing = Pass(thing, number: number) }
        return thing
    }

    @Test("among thousands of calls too, equal units are one unit")
    func mergingMany() throws {
        let graph = try Self.compile(
            Recipe("r") {
                for number in 0..<5000 { Pass(Make(number % 1000), number: number) }
            })
        #expect(graph.units.count == 6000)
    }
}

@Suite("Parameters")
struct ParameterTests {
    @Test(
        "texts become values of the declared type",
        arguments: [("64MiB", 64 << 20), ("2.gibibytes", 2 << 30), ("17", 17)])
    func sizes(text: String, bytes: Int) {
        #expect(ByteCount(parameterText: text)?.bytes == bytes)
    }

    @Test("spans, numbers, lists and truths are read, nonsense is not")
    func texts() {
        #expect(TimeSpan(parameterText: "15min")?.seconds == 900)
        #expect(TimeSpan(parameterText: "1.5h")?.seconds == 5400)
        #expect(Int(parameterText: "1_200") == 1200)
        #expect(Int(parameterText: "1.5") == nil)
        #expect(Double(parameterText: "nan") == nil)
        #expect([Int](parameterText: "1, 2,3") == [1, 2, 3])
        #expect([String](parameterText: "")?.isEmpty == true)
        #expect(Bool(parameterText: "yes") == nil)
        #expect(ByteCount(parameterText: "-1") == nil)
        #expect(ByteCount(parameterText: "99999999999GiB") == nil)
    }

    @Test("--set is found in both of its spellings")
    func settings() {
        let found = ParameterRegistry.settings(in: ["x", "plan", "--set", "a=1", "--set=b=c=d", "--set", "nonsense"])
        #expect(found.map(\.name) == ["a", "b"])
        #expect(found.map(\.text) == ["1", "c=d"])
    }
}
