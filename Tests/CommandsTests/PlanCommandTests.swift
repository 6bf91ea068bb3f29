import Foundation
import TestSupport
import Testing

@Suite("plan, units and init", .enabled(if: Workplace.isBuilt, "the executable has not been built"))
struct PlanCommandTests {
    static let recipe = """
        let episodes = Parameter("episodes", default: 8)
        let recipe = Recipe("small", seed: 3) {
            let demos = Gather(Simulate(episodes: episodes), shards: 2)
            let split = Split(demos, validation: 0.25)
            FitActionTokenizer(split.training).named("moves")
        }
        """

    @Test("lists units with what runs and why, and writes nothing")
    func plan() throws {
        let project = try Workplace()
        try project.write(Self.recipe, to: "small.swift")
        let result = try project("plan", "small.swift", "--ranks", "2")
        #expect(result.status == 0)
        #expect(result.output.hasPrefix("small: 6 units: 6 run, 0 reuse; ETA "))
        #expect(result.output.contains("demos/shard-1"))
        #expect(result.output.contains("never run"))
        #expect(result.output.contains("rank 1 |"))
        #expect(!FileManager.default.fileExists(atPath: project.folder + "/.orchestrate/runs"))
    }

    @Test("JSON has one object with every unit")
    func json() throws {
        let project = try Workplace()
        try project.write(Self.recipe, to: "small.swift")
        let result = try project("plan", "small.swift", "--json", "--set", "episodes=9")
        let object = try #require(
            JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        #expect((object["units"] as? [[String: Any]])?.count == 6)
        #expect((object["parameters"] as? [String: String]) == ["episodes": "9"])
        #expect((object["totals"] as? [String: Int])?["run"] == 6)
    }

    @Test("several numbers of ranks are compared, the first is planned; the plan tells its distance from the bound")
    func ranks() throws {
        let project = try Workplace()
        try project.write(Self.recipe, to: "small.swift")
        let text = try project("plan", "small.swift", "--ranks", "2,1,4")
        #expect(text.status == 0)
        #expect(text.output.contains("rank-hours  idle") && text.output.contains("× lower bound ("))
        let object = try Workplace.object(project("plan", "small.swift", "--ranks", "2,1,4", "--json"))
        let choices = try #require(object["choices"] as? [[String: Any]])
        #expect(choices.compactMap { $0["ranks"] as? Int } == [2, 1, 4])
        let estimate = try #require(object["estimate"] as? [String: Any])
        #expect(estimate["ranks"] as? Int == 2)
        for choice in choices {
            let seconds = try #require(choice["scheduleSeconds"] as? Double)
            #expect(seconds >= (choice["boundSeconds"] as? Double ?? .infinity) * (1 - 1e-9))
        }
        // On one rank there is nothing to wait for.
        #expect(try #require(choices[1]["idleShare"] as? Double) < 1e-9)
        for wrong in ["0", "2,0", "two", "2,2", "2,"] {
            #expect(try project("plan", "small.swift", "--ranks", wrong).status == 64, "\(wrong)")
        }
    }

    @Test("parts of the graph can be chosen, and unknown names are near something")
    func selection() throws {
        let project = try Workplace()
        try project.write(Self.recipe, to: "small.swift")
        #expect(try project("plan", "small.swift", "--until", "demos").output.hasPrefix("small: 4 units"))
        let wrong = try project("plan", "small.swift", "--until", "demo")
        #expect(wrong.status == 64)
        #expect(wrong.errors.contains("Did you mean 'demos'?"))
        let only = try project("plan", "small.swift", "--only", "mov*")
        #expect(only.status == 64)
        #expect(only.errors.contains("not in the store"))
        #expect(try project("plan", "small.swift", "--check").status == 2)
        #expect(try project("plan", "small.swift", "--dot").output.contains("\"split\" -> \"moves\""))
    }

    @Test("recipe errors end with 78, missing files with 66, bad command lines with 64")
    func codes() throws {
        let project = try Workplace()
        try project.write("let recipe = Recipe(\"r\") { Spilt(Gather(Simulate())) }", to: "bad.swift")
        let bad = try project("plan", "bad.swift")
        #expect(bad.status == 78)
        #expect(bad.errors.contains("bad.swift:1:28: error: there is no unit kind 'Spilt'. Did you mean 'Split'?"))
        #expect(bad.output.isEmpty)
        try project.write("let recipe = Recipe(\"r\") { Ingest(\"nothere.hdf5\") }", to: "data.swift")
        #expect(try project("plan", "data.swift").status == 66)
        #expect(try project("plan", "nothere.swift").status == 66)
        #expect(try project("plan", "bad.swift", "--set", "x").status == 64)
        try project.write(Self.recipe, to: "small.swift")
        let unknown = try project("plan", "small.swift", "--set", "episode=3")
        #expect(unknown.status == 78)
        #expect(unknown.errors.contains("Did you mean 'episodes'?"))
    }

    @Test("what init writes plans")
    func initialize() throws {
        let project = try Workplace()
        #expect(try project("init").output == "recipe.swift\n")
        let plan = try project("plan", "recipe.swift")
        #expect(plan.status == 0)
        #expect(plan.errors.isEmpty)
        #expect(try project("init").status == 73)
        #expect(try project("init", "--data", "nothere.hdf5", "other.swift").status == 66)
    }

    @Test("units lists kinds and their arguments")
    func units() throws {
        let project = try Workplace()
        let all = try project("units")
        #expect(all.output.contains("Train "))
        #expect(!all.output.contains("IngestShard"))
        let one = try project("units", "split")
        #expect(one.output.hasPrefix("Split makes EpisodeSplit."))
        #expect(try project("units", "Splt").errors.contains("Did you mean 'Split'?"))
    }
}
