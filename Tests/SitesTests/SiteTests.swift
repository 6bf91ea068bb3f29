import Determinism
import Sites
import Testing

@Suite("Sites")
struct SiteTests {
    @Test func `mixed ranks are a quarter fast, half plain, a quarter slow`() {
        let site = Site.mixed(ranks: 16)
        #expect(site.pools.map(\.count) == [4, 8, 4])
        #expect(site.poolOfRank == [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2])
        #expect(Site.mixed(ranks: 3).pools.map(\.count).reduce(0, +) == 3)
    }

    @Test func `a file gives pools, and what it leaves out has its default`() throws {
        let site = try Site(
            json: """
                {"pools": [{"name": "fast", "count": 4, "speed": 2, "pricePerHour": 2.5, "startupSeconds": 60},
                           {"name": "spot", "count": 12, "interruptionSeconds": 1.44e4}],
                 "bytesPerSecond": 1e9, "rankLimit": 16}
                """, file: "site.json")
        #expect(
            site.pools == [
                RankPool(name: "fast", count: 4, speed: 2, pricePerHour: 2.5, startupSeconds: 60),
                RankPool(name: "spot", count: 12, interruptionSeconds: 14_400),
            ])
        #expect(site.bytesPerSecond == 1e9 && site.rankLimit == 16)
    }

    @Test(
        "what is wrong is named with line and column, and the code is 78",
        arguments: [
            (
                "{\"pools\": [\n  {\"name\": \"a\", \"count\": 0}]}",
                "s.json:2:26: 'count' is a whole number of at least 1."
            ),
            (
                "{\"pools\": [{\"name\": \"a\", \"count\": 1, \"pricePerHour\": -1}]}",
                "1:54: 'pricePerHour' is a number of at least 0."
            ),
            ("{\"pools\": [{\"name\": \"a\", \"cuont\": 1}]}", "1:26: a pool has no field 'cuont'"),
            ("{\"pools\": [{\"name\": \"a\", \"cuont\": 1}]}", "Did you mean 'count'?"),
            ("{\"pool\": []}", "1:2: the site has no field 'pool'"), ("{\"pools\": []}", "1:11: 'pools' is a list"),
            ("{}", "1:1: the site needs 'pools'"), ("{\"pools\": [{\"count\": 1}]}", "1:12: a pool needs 'name'"),
            ("{\"pools\": [{\"name\": \"a\", \"count\": 1}, {\"name\": \"a\", \"count\": 1}]}", "called 'a' too"),
            (
                "{\"pools\": [{\"name\": \"a\", \"count\": 1, \"count\": 2}]}",
                "1:38: the field 'count' stands here twice"
            ),
            ("{\"pools\": [{\"name\": \"a\" \"count\": 1}]}", "1:25: ',' or '}' is missing"),
            ("", "1:1: a value is missing"),
            ("pools: []", "1:1: 'pools' is no value"), ("{\"pools\": 1} x", "1:14: there is something after the end"),
            ("{\"ä\": 1, x", "1:10: a field's name in quotes is missing"), ("{\"pools", "the closing quote is missing"),
            (String(repeating: "[", count: 100), "nested too deeply"),
        ])
    func problems(text: String, words: String) {
        do {
            _ = try Site(json: text, file: "s.json")
            Issue.record("\(text) is accepted")
        } catch {
            #expect(error.exitCode == ExitCode.badRecipe)
            #expect(error.description.contains(words), "\(error.description)")
        }
    }
}
