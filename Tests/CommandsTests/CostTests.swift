import Foundation
import TestSupport
import Testing

@Suite(
    "Forecasts, sites and budgets", .serialized, .enabled(if: Workplace.isBuilt, "the executable has not been built"))
struct CostTests {
    /// Two units one after the other, which nothing is known of: a second each is assumed.
    private static func sleepers(_ arguments: String, seconds: Double) -> String {
        """
        let recipe = Recipe("sleepers"\(arguments)) {
            let first = Command(["sleep", "\(seconds)"], standardOutput: "first.txt")
            Command(["sh", "-c", "sleep \(seconds); cat '{input:first}'"], inputs: ["first": first], standardOutput: "b.txt")
                .named("second")
        }
        """
    }

    @Test func `a run ends with the forecast beside what was spent, and the next forecast is better`() throws {
        let place = try Workplace()
        try place.write(Self.sleepers("", seconds: 0.4), to: "s.swift")
        let first = try place("run", "s.swift")
        #expect(first.status == 0, "\(first)")
        #expect(first.errors.contains("× lower bound (critical path)"))
        #expect(first.errors.contains("time: forecast ") && first.errors.contains("2 of 2 units were guessed"))
        #expect(first.errors.contains("rank-hours: forecast ") && first.errors.contains("(useful "))
        #expect(!first.errors.contains("price"))
        let plan = try Workplace.object(place("plan", "s.swift", "--rerun", "*", "--json", "--ranks", "1"))
        let estimate = try #require(plan["estimate"] as? [String: Any])
        let median = try #require(estimate["medianSeconds"] as? Double)
        #expect(median > 0.5 && median < 1.3)
        #expect(plan["price"] == nil && (estimate["price"] is NSNull || estimate["price"] == nil))
        // Everything is reused: nothing is spent, something is saved.
        let again = try place("run", "s.swift")
        #expect(again.errors.contains("saved by reuse: ") && !again.errors.contains("lower bound"))
        let costs = try Workplace.object(place("runs", "--cost", "--json"))
        #expect((costs["runs"] as? [[String: Any]])?.count == 2)
        #expect(try place("runs", "--cost", "--since", "1h").output.contains("2 runs"))
        #expect(try place("runs", "--cost", "--since", "soon").status == 64)
        #expect(try place("calibration").errors.contains("only one run is known"))
    }

    @Test func `a run over its deadline or budget is refused with 77 and the cheapest that fits`() throws {
        let place = try Workplace()
        try place.write(Self.sleepers(", deadline: 0.5.seconds", seconds: 0.1), to: "late.swift")
        let late = try place("plan", "late.swift", "--ranks", "1")
        #expect(late.status == 77 && late.errors.contains("over the deadline of 0.50 s"), "\(late)")
        #expect(late.errors.contains("No number of ranks up to "))
        #expect(try place("run", "late.swift").status == 77)
        // Refused before anything is made.
        #expect(!FileManager.default.fileExists(atPath: place.folder + "/.orchestrate/runs"))
        #expect(try place("run", "late.swift", "--allow-over").status == 0)

        // Sixteen ranks would wait for two units.
        try place.write(Self.sleepers(", budget: .rankHours(0.004)", seconds: 0.1), to: "dear.swift")
        let dear = try place("plan", "dear.swift", "--ranks", "16", "--store", "other")
        #expect(dear.status == 77 && dear.errors.contains("The cheapest that fits: --ranks 1"), "\(dear)")
        let warned = try place("plan", "dear.swift", "--ranks", "5", "--store", "other")
        #expect(warned.status == 0 && warned.errors.contains("one run in ten costs"), "\(warned)")
    }

    @Test func `a site file gives prices, its mistakes end with 78, and without one no money is told`() throws {
        let place = try Workplace()
        try place.write(Self.sleepers(", budget: .price(1)", seconds: 0.1), to: "s.swift")
        let plain = try place("plan", "s.swift", "--ranks", "1,2")
        #expect(plain.status == 0 && !plain.output.contains("price") && plain.errors.contains("no price is given"))
        try place.write(
            "pools:\n- {name: plain, count: 4}\n- {name: fast, count: 2, pricePerHour: 3600, speed: 2}\ncurrency: EUR\n",
            to: "site.yaml")
        #expect(try !place("plan", "s.swift").output.contains("price"))
        let fast = try place("plan", "s.swift", "--ranks", "1,2", "--pool", "fast", "--allow-over")
        #expect(fast.status == 0 && fast.output.contains("price EUR"), "\(fast)")
        #expect(fast.output.contains("(pool fast)"))
        // Two units of a second at speed 2: about one EUR on one rank, more on two.
        #expect(try place("plan", "s.swift", "--ranks", "2", "--pool", "fast").status == 77)
        let missing = try place("plan", "s.swift", "--pool", "fats")
        #expect(missing.status == 64 && missing.errors.contains("Did you mean 'fast'?"))
        try place.write("pools:\n- {name: plain, count: 0}\n", to: "site.yaml")
        let wrong = try place("plan", "s.swift")
        #expect(wrong.status == 78 && wrong.errors.contains("site.yaml:2:24: 'count' is a whole number"), "\(wrong)")
        #expect(try place("plan", "s.swift", "--site", "nothere.yaml").status == 66)
    }

    @Test func `a user's site file counts where the project has none`() throws {
        let place = try Workplace()
        try place.write(Self.sleepers("", seconds: 0.1), to: "s.swift")
        let folder = place.folder + "/config/orchestrate"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try place.write("pools: [{name: mine, count: 2, pricePerHour: 2}]", to: "config/orchestrate/site.yaml")
        let environment = ["XDG_CONFIG_HOME": place.folder + "/config"]
        #expect(try place("plan", "s.swift", environment: environment).output.contains("(pool mine)"))
        try place.write("pools: [{name: here, count: 2, pricePerHour: 2}]", to: "site.yaml")
        #expect(try place("plan", "s.swift", environment: environment).output.contains("(pool here)"))
    }

    @Test func `a run that has spent its budget stops, and the next goes on`() throws {
        let place = try Workplace()
        // Two seconds are expected; the first unit alone takes four.
        try place.write(Self.sleepers(", budget: .rankHours(0.0014)", seconds: 4), to: "s.swift")
        let stopped = try place("run", "s.swift")
        #expect(stopped.status == 85, "\(stopped)")
        #expect(stopped.errors.contains("the budget of 0.0014 rank-hours is spent"), "\(stopped)")
        let rest = try Workplace.object(place("run", "s.swift", "--json", "--allow-over"))
        #expect(try Workplace.states(rest) == ["first": "reused", "second": "ran"])
    }

    @Test func `policies are chosen by name, and all give the same outputs`() throws {
        let place = try Workplace()
        try place.write(Self.sleepers("", seconds: 0.01), to: "s.swift")
        for policy in ["fifo", "airflow", "critical-path"] {
            let run = try place("run", "s.swift", "--policy", policy, "--json", "--store", policy)
            #expect(try Workplace.states(Workplace.object(run)) == ["first": "ran", "second": "ran"])
        }
        #expect(try place("run", "s.swift", "--policy", "random").status == 64)
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "there is no python3"))
    func `a locked history is not waited for long, and the run goes on with priors`() throws {
        let place = try Workplace()
        try place.write(Self.sleepers("", seconds: 0.01), to: "s.swift")
        #expect(try place("run", "s.swift").status == 0)
        let holder = Process()
        holder.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        holder.arguments = [
            "-c",
            """
            import sqlite3, sys, time
            c = sqlite3.connect(sys.argv[1], isolation_level=None)
            c.execute('BEGIN EXCLUSIVE'); print('x', flush=True); time.sleep(60)
            """, place.folder + "/.orchestrate/history.sqlite",
        ]
        let pipe = Pipe()
        holder.standardOutput = pipe
        try holder.run()
        defer { holder.terminate() }
        _ = pipe.fileHandleForReading.readData(ofLength: 1)
        let plan = try place("plan", "s.swift", "--rerun", "*")
        #expect(plan.status == 0 && plan.errors.contains("the history of run times is not used"), "\(plan)")
    }
}
