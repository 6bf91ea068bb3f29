import Foundation
import TestSupport
import Testing

/// `verify` with the built program and real ranks.
@Suite(
    "Verifying runs", .serialized,
    .enabled(if: Workplace.isBuilt && Programs.hasMPI, "needs the built executable and mpirun"))
struct VerifyTests {
    /// What one program makes depends on a file that it does not declare; another one's result is never the same.
    private func recorded() throws -> Workplace {
        let place = try Workplace()
        try place.write(
            #"""
            let recipe = Recipe("tides") {
                let numbers = Command(["seq", "5"], standardOutput: "numbers.txt")
                let tide = Command(["sh", "-c", "cat '\#(place.folder)/tide.txt'"], standardOutput: "tide.txt")
                Command(["sh", "-c", "cat '{input:numbers}' '{input:tide}'"],
                    inputs: ["numbers": numbers, "tide": tide], standardOutput: "both.txt").named("both")
                let clock = Command(["sh", "-c", "date +%N; seq 2000"], standardOutput: "clock.txt", deterministic: false)
                Command(["rev", "{input:clock}"], inputs: ["clock": clock], standardOutput: "reversed.txt").named("reversed")
            }
            """#, to: "tides.swift")
        try place.write("high\n", to: "tide.txt")
        let result = try place("submit", "tides.swift", "--ranks", "2")
        #expect(result.status == 0, "\(result)")
        return place
    }

    private func verdicts(_ result: Workplace.Result) throws -> [String: String] {
        let units = try #require(try Workplace.object(result)["units"] as? [[String: Any]])
        return Dictionary(
            uniqueKeysWithValues: units.map { ($0["name"] as? String ?? "", $0["verdict"] as? String ?? "") })
    }

    @Test func `a run that gives the same again is verified on any rank count, and nothing is left behind`() throws {
        let place = try recorded()
        let before = try FileManager.default.contentsOfDirectory(atPath: place.folder).sorted()
        for ranks in ["1", "3"] {
            let result = try place("verify", "--ranks", ranks, "--json")
            #expect(result.status == 0, "\(result)")
            #expect(
                try verdicts(result) == [
                    "numbers": "equal", "tide": "equal", "both": "equal", "clock": "recorded", "reversed": "equal",
                ])
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.folder).sorted() == before)
    }

    @Test func `the first unit that differs is shown with the place in its output`() throws {
        let place = try recorded()
        try place.write("low\n", to: "tide.txt")
        let result = try place("verify")
        #expect(result.status == 2, "\(result)")
        #expect(result.output.contains("output 'tide.txt' of unit tide"))
        #expect(result.output.contains("line 1: recorded high, computed low"))
        #expect(result.output.contains("2 units differ: tide, both"))
        #expect(try verdicts(place("verify", "--json"))["numbers"] == "equal")
        // What does not need the unit is not touched by it.
        #expect(try place("verify", "--units", "numbers", "--units", "rev*").status == 0)
        #expect(try place("verify", "--units", "both").status == 2)
    }

    @Test func `a result that cannot be computed again must be as it was recorded`() throws {
        let place = try recorded()
        let path = try place("artifact", "latest", "clock").output.trimmingCharacters(in: .whitespacesAndNewlines)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[0] ^= 1
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        try bytes.write(to: URL(fileURLWithPath: path))
        let altered = try place("verify")
        #expect(altered.status == 65 && altered.errors.contains("clock.txt"), "\(altered)")
        #expect(try place("verify", "--units", "both").status == 0)
    }

    @Test func `what is unknown or in the way is named`() throws {
        let place = try recorded()
        let unknown = try place("verify", "nowhere")
        #expect(unknown.status == 66 && unknown.errors.contains("no run 'nowhere'"))
        let glob = try place("verify", "--units", "bott")
        #expect(glob.status == 66 && glob.errors.contains("bott"), "\(glob)")
        let full = try place("verify", "--keep", place.folder)
        #expect(full.status != 0 && full.errors.contains("is not empty"), "\(full)")
    }

    @Test func `data that changed or is gone is told with its digests`() throws {
        let place = try Workplace()
        let data = try Workplace()
        try data.write("one\n", to: "input.txt")
        try place.write("own\n", to: "own.txt")
        try place.write(
            """
            let recipe = Recipe("reading") {
                Command(["cat", "\(data.folder)/input.txt", "own.txt"], standardOutput: "copy.txt").named("copy")
            }
            """, to: "reading.swift")
        #expect(try place("submit", "reading.swift", "--ranks", "1").status == 0)
        // What the project itself gives to programs is kept with the run.
        try place.write("other\n", to: "own.txt")
        #expect(try place("verify").status == 0)
        try data.write("two\n", to: "input.txt")
        let changed = try place("verify")
        #expect(changed.status == 65 && changed.errors.contains("no longer what the run read"), "\(changed)")
        try FileManager.default.removeItem(atPath: data.folder + "/input.txt")
        let gone = try place("verify")
        #expect(gone.status == 66 && gone.errors.contains("is gone"), "\(gone)")
    }
}
