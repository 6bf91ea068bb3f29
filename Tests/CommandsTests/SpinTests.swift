import Foundation
import TestSupport
import Testing

/// `spin` with the built program.
@Suite("Spinning units", .serialized, .enabled(if: Workplace.isBuilt, "the executable has not been built"))
struct SpinTests {
    /// What `tide` makes depends on a file that it does not declare.
    private func recorded() throws -> Workplace {
        let place = try Workplace()
        try place.write(
            #"""
            let height = Parameter("height", default: 3)
            let recipe = Recipe("tides") {
                let numbers = Command(["seq", "\(height)"], standardOutput: "numbers.txt")
                let tide = Command(["sh", "-c", "cat '\#(place.folder)/tide.txt' && echo told"], standardOutput: "tide.txt")
                let both = Command(["cat", "{input:numbers}", "{input:tide}"], inputs: ["numbers": numbers, "tide": tide],
                    standardOutput: "both.txt")
                let clock = Command(["date", "+%N"], standardOutput: "clock.txt", deterministic: false)
                both
                clock
            }
            """#, to: "tides.swift")
        try place.write("high\n", to: "tide.txt")
        let result = try place("submit", "tides.swift", "--ranks", "1")
        #expect(result.status == 0, "\(result)")
        return place
    }

    private func output(_ result: Workplace.Result) throws -> [String: Any] {
        try #require((try Workplace.object(result)["outputs"] as? [[String: Any]])?.first)
    }

    @Test func `a unit is run with its parents' outputs, compared, and nothing of the run changes`() throws {
        let place = try recorded()
        let before = try place("status", "latest", "--json").output
        let result = try place("spin", "both")
        #expect(result.status == 0 && result.output.contains("both.txt: the same as recorded"), "\(result)")
        let told = try output(place("spin", "both", "--json"))
        let path = try #require(told["path"] as? String)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "1\n2\n3\nhigh\ntold\n")
        #expect(told["same"] as? Bool == true)
        #expect(try place("status", "latest", "--json").output == before)
    }

    @Test func `a result that is not what was recorded ends with 2, one that need not be does not`() throws {
        let place = try recorded()
        try place.write("low\n", to: "tide.txt")
        let result = try place("spin", "tide")
        #expect(result.status == 2 && result.output.contains("differs from what is recorded"), "\(result)")
        #expect(try place("spin", "clock").status == 0)
        // A unit behind it still sees what the run recorded.
        #expect(try place("spin", "both").status == 0)
    }

    @Test func `other parameters are tried with the run's own parents, which is said`() throws {
        let place = try recorded()
        let result = try place("spin", "both", "--set", "height=5")
        #expect(
            result.status == 0 && result.errors.contains("'numbers' has not run with these parameters"), "\(result)")
        let refused = try place("spin", "both", "--set", "height=5", "--persist")
        #expect(
            refused.status == 73 && refused.errors.contains("submit") || refused.errors.contains("Submit"), "\(refused)"
        )
        #expect(try place("spin", "numbers", "--set", "height=5", "--persist").status == 0)
        let again = try place("submit", "tides.swift", "--set", "height=5", "--ranks", "1", "--json")
        #expect(
            try Workplace.states(Workplace.object(again)) == [
                "numbers": "reused", "tide": "reused", "both": "ran", "clock": "reused",
            ])
    }

    @Test func `what is unknown, gone, failing or in the way is named`() throws {
        let place = try recorded()
        let unknown = try place("spin", "bott")
        #expect(unknown.status == 66 && unknown.errors.contains("Did you mean 'both'?"), "\(unknown)")
        #expect(try place("spin", "both", "--run", "nowhere").status == 66)
        #expect(try place("spin", "both", "--set", "hight=3").status == 78)
        try FileManager.default.removeItem(atPath: place.folder + "/tide.txt")
        let failing = try place("spin", "tide")
        #expect(failing.status == 1 && failing.errors.contains("exit code 1"), "\(failing)")
        try FileManager.default.removeItem(atPath: place.folder + "/.orchestrate/artifacts")
        let gone = try place("spin", "both")
        #expect(gone.status == 66 && gone.errors.contains("is not in the store"), "\(gone)")
    }

    @Test func `a training repeats itself up to a step, from the nearest checkpoint`() throws {
        let place = try Workplace()
        try place.write(
            #"""
            let recipe = Recipe("short") {
                let demos = Ingest("\#(Fixtures.path("robomimic.hdf5"))", layout: .robomimic)
                let split = Split(demos, validation: 0.2, by: .episode)
                let words = TrainTextTokenizer(split.training, vocabulary: 280)
                let moves = FitActionTokenizer(split.training, bins: 16)
                let tokens = Tokenize(split, text: words, actions: moves)
                let policy = Train(tokens.training, width: 16, layers: 1, heads: 2, context: 64, batch: 4, microBatch: 2,
                    steps: 12, warmup: 2, checkpointEvery: 4)
                policy
            }
            """#, to: "short.swift")
        let made = try place("submit", "short.swift", "--ranks", "1")
        #expect(made.status == 0, "\(made)")

        let first = try Workplace.object(place("spin", "policy", "--at-step", "6", "--json"))
        let step = try #require(first["lastStep"] as? [String: Any])
        #expect(step["step"] as? Int == 6 && step["same"] as? Bool == true, "\(first)")
        #expect(first["finished"] as? Bool == false && first["resumedAt"] as? Int == 0)
        // The spin's own checkpoint of step 6 is the nearest to 8, and of no use for 5.
        let second = try Workplace.object(place("spin", "policy", "--at-step", "8", "--json"))
        #expect(second["resumedAt"] as? Int == 6)
        #expect((second["lastStep"] as? [String: Any])?["step"] as? Int == 8)
        let third = try Workplace.object(place("spin", "policy", "--at-step", "5", "--json"))
        #expect(third["resumedAt"] as? Int == 0)
        let whole = try place("spin", "policy")
        #expect(whole.status == 0 && whole.output.contains("checkpoint: the same as recorded"), "\(whole)")

        let stepless = try place("spin", "words", "--at-step", "3")
        #expect(stepless.status == 64 && stepless.errors.contains("has no steps"), "\(stepless)")

        // Other settings are another training: there is no record of it, and that is not a difference.
        try place.write(
            String(contentsOfFile: place.folder + "/short.swift", encoding: .utf8)
                .replacingOccurrences(
                    of: "let recipe", with: "let rate = Parameter(\"rate\", default: 1e-3)\nlet recipe"
                )
                .replacingOccurrences(of: "batch: 4", with: "learningRate: rate, batch: 4"), to: "short.swift")
        let other = try place("spin", "policy", "--set", "rate=0.01", "--at-step", "3")
        #expect(other.status == 0 && other.output.contains("the run has no record of this step"), "\(other)")
    }
}
