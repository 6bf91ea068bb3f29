import Foundation
import TestSupport
import Testing

@Suite("simulate", .enabled(if: Workplace.isBuilt, "the executable has not been built"))
struct SimulateTests {
    /// `count` tasks of ten seconds after one of a second.
    static func trace(_ count: Int) -> String {
        let tasks = (0..<count).map { #"{"id": "t\#($0)", "name": "work_\#($0)", "parents": ["first"]}"# }
        let runs = (0..<count).map { #"{"id": "t\#($0)", "runtimeInSeconds": 10}"# }
        return """
            {"workflow": {"specification": {"tasks": [{"id": "first", "name": "first"}, \(tasks.joined(separator: ", "))], "files": []},
             "execution": {"tasks": [{"id": "first", "runtimeInSeconds": 1}, \(runs.joined(separator: ", "))]}}}
            """
    }

    private func rows(_ result: Workplace.Result) throws -> [[String: Any]] {
        try #require(Workplace.object(result)["rows"] as? [[String: Any]], "\(result)")
    }

    @Test("policies, ranks and traces are compared, with bound and reason")
    func table() throws {
        let project = try Workplace()
        try project.write(Self.trace(6), to: "six.json")
        let text = try project("simulate", "six.json", "--ranks", "2", "--ranks", "3")
        #expect(text.status == 0)
        #expect(
            text.output.contains("critical-path") && text.output.contains("31.0 s") && text.output.contains("1.000 ×"))
        let rows = try rows(project("simulate", "six.json", "--ranks", "4", "--policy", "oracle", "--json"))
        #expect(rows.count == 1)
        #expect(rows[0]["makespanSeconds"] as? Double == 21 && rows[0]["boundReason"] as? String == "pigeonhole")
    }

    @Test("a recorded run is simulated with other ranks and policies")
    func recorded() throws {
        let project = try Workplace()
        try project.write(
            """
            let recipe = Recipe("naps") {
                for part in 1...3 { Command(["sh", "-c", "sleep 0.\\(part)"], standardOutput: "out.txt").named("nap-\\(part)") }
            }
            """, to: "naps.swift")
        #expect(try project("run", "naps.swift", "--name", "alone").status == 0)
        let rows = try rows(
            project(
                "simulate", "alone", "--ranks", "1", "--ranks", "3", "--policy", "fifo", "--policy", "critical-path",
                "--json"))
        #expect(rows.count == 4 && rows.allSatisfy { $0["units"] as? Int == 3 })
        let spans = rows.compactMap { $0["makespanSeconds"] as? Double }
        #expect(spans[0] > 0.6 && abs(spans[0] - spans[1]) < 1e-9)
        #expect(spans[2] > 0.3 && spans[2] < spans[0] * 0.8)
        #expect(try project("simulate", "alone", "--site", "nothere.yaml").status == 66)
        #expect(try project("simulate", "aolne").status == 66)
    }

    @Test("a site gives prices and speeds; a deadline is missed or kept")
    func site() throws {
        let project = try Workplace()
        try project.write(Self.trace(4), to: "four.json")
        try project.write(
            #"{"pools": [{"name": "fast", "count": 2, "speed": 2, "pricePerHour": 3600}]}"#, to: "site.json")
        let late = try rows(
            project("simulate", "four.json", "--site", "site.json", "--deadline", "10", "--policy", "oracle", "--json"))
        #expect(late[0]["makespanSeconds"] as? Double == 10.5 && late[0]["missed"] as? Bool == true)
        #expect(late[0]["cost"] as? Double == 20.5)
        let kept = try rows(
            project("simulate", "four.json", "--site", "site.json", "--deadline", "11", "--policy", "oracle", "--json"))
        #expect(kept[0]["missed"] as? Bool == false)
    }

    @Test("equal arguments give equal output, with noise, transfers and streams too")
    func repeatable() throws {
        let project = try Workplace()
        try project.write(Self.trace(6), to: "six.json")
        try project.write(Self.trace(9), to: "nine.json")
        for arguments in [
            ["--noise", "0.3", "--seed", "4"], ["--transfer-ratio", "0.5"], ["--stream", "0.7", "--seed", "2"],
            ["--history", "six.json", "--history", "nine.json"],
        ] {
            let command = [Programs.path("orchestrate"), "simulate", "six.json", "nine.json", "--json"] + arguments
            let one = try project.run(command)
            #expect(one.status == 0, "\(one)")
            #expect(try project.run(command).output == one.output)
        }
    }

    @Test("bad traces end with 65 and every problem, missing ones with 66, bad sites with 78, bad options with 64")
    func codes() throws {
        let project = try Workplace()
        try project.write(Self.trace(2), to: "good.json")
        try project.write(Self.trace(2).replacingOccurrences(of: "10}", with: "-10}"), to: "bad.json")
        try project.write("{", to: "worse.json")
        let bad = try project("simulate", "bad.json", "good.json", "worse.json")
        #expect(bad.status == 65)
        for words in ["bad.json: 2 problems", "'t0' is -10", "'t1' is -10", "worse.json: 1 problem"] {
            #expect(bad.errors.contains(words), "\(bad.errors)")
        }
        #expect(try project("simulate", "none.json").status == 66)
        try project.write(#"{"pools": [{"name": "a", "count": 0}]}"#, to: "site.json")
        let site = try project("simulate", "good.json", "--site", "site.json")
        #expect(site.status == 78 && site.errors.contains("site.json:1:35: 'count'"), "\(site.errors)")
        let policy = try project("simulate", "good.json", "--policy", "airflw")
        #expect(policy.status == 64 && policy.errors.contains("Did you mean 'airflow'?"))
    }
}
