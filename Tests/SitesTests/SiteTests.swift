import Determinism
import Sites
import TestSupport
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
            yaml: """
                # What the site has.
                pools:
                  - name: fast
                    count: 4
                    speed: 2
                    pricePerHour: 2.5
                    startupSeconds: 60
                    memoryBytes: 8e9
                    ranksPerNode: 2
                  - {name: spot, count: 12, interruptionSeconds: 1.44e4, processor: "Some CPU: 3 GHz"}
                bytesPerSecond: 1e9
                rankLimit: 16
                currency: EUR
                """, file: "site.yaml")
        #expect(
            site.pools == [
                RankPool(
                    name: "fast", count: 4, speed: 2, pricePerHour: 2.5, startupSeconds: 60, memoryBytes: 8e9,
                    ranksPerNode: 2),
                RankPool(name: "spot", count: 12, interruptionSeconds: 14_400, processor: "Some CPU: 3 GHz"),
            ])
        #expect(site.bytesPerSecond == 1e9 && site.rankLimit == 16 && site.currency == "EUR")
    }

    @Test func `what Slurm is asked for may stand alone, and a pool says more than the site`() throws {
        let site = try Site(
            yaml: """
                slurm:
                  partition: main
                  account: robots
                  time: auto
                  sbatch: [qos=high]
                  prologue:
                    - module load openmpi
                pools:
                  - name: gpu
                    count: 4
                    slurm: {partition: gpu, time: 2h, launcher: srun, sbatch: ["gres=gpu:1"], maxRequeues: 3}
                """, file: "site.yaml")
        let asked = site.pools[0].slurm.over(site.slurm)
        #expect(asked.partition == "gpu" && asked.account == "robots" && asked.launcher == .srun)
        #expect(asked.walltime == .seconds(7200) && site.slurm.walltime == .fromForecast)
        #expect(asked.options == ["qos=high", "gres=gpu:1"] && asked.prologue == ["module load openmpi"])
        #expect(asked.requeueLimit == 3)
        #expect(try Site(yaml: "slurm: {partition: main}", file: "s").pools.isEmpty)
    }

    @Test func `JSON is YAML too`() throws {
        let site = try Site(
            yaml: "{\"pools\": [{\"name\": \"a\", \"count\": 4}], \"bytesPerSecond\": 1e9}", file: "site.json")
        #expect(site == Site(pools: [RankPool(name: "a", count: 4)], bytesPerSecond: 1e9))
    }

    @Test(
        "what is wrong is named with line and column, and the code is 78",
        arguments: [
            ("pools:\n  - name: a\n    count: 0", "s.yaml:3:12: 'count' is a whole number of at least 1."),
            ("pools:\n- {name: a, count: 1.5}", "2:20: 'count' is a whole number"),
            ("pools:\n- {name: a, count: '4'}", "2:20: 'count' is a whole number"),
            ("pools:\n- {name: a, count: 1, pricePerHour: -1}", "2:37: 'pricePerHour' is a number of at least 0."),
            ("pools:\n- {name: a, count: 1, pricePerHour: .nan}", "'pricePerHour' is a number of at least 0."),
            ("pools:\n- {name: a, count: 1, speed: 0}", "'speed' is a number above 0."),
            ("pools:\n- {name: a, cuont: 1}", "2:13: a pool has no field 'cuont'"),
            ("pools:\n- {name: a, cuont: 1}", "Did you mean 'count'?"),
            ("pool: []", "1:1: the site has no field 'pool'"), ("pools: []", "1:8: 'pools' is a list"),
            ("pools: a", "1:8: 'pools' is a list"), ("{}", "1:1: the site needs 'pools'"),
            ("pools:\n- {count: 1}", "2:3: a pool needs 'name'"),
            ("pools:\n- {name: [a], count: 1}", "'name' is a text"),
            ("pools:\n- 3", "2:3: a pool is a list of fields"),
            ("pools:\n- {name: a, count: 1}\n- {name: a, count: 1}", "3:3: a pool before it is called 'a' too"),
            ("pools:\n- {name: a, count: 1, count: 2}", "the field 'count' stands here twice"),
            ("pools:\n- {name: a, count: 100000}\n- {name: b, count: 1}", "more than 100,000 ranks"),
            ("slurm: {partiton: a}", "1:9: 'slurm' has no field 'partiton'"),
            ("slurm: {time: soon}", "1:15: 'time' is auto, or a time such as 90m"),
            ("slurm: {launcher: mpiexec}", "'launcher' is mpirun or srun."),
            ("slurm: 3", "'slurm' is a list of fields"),
            ("slurm: {sbatch: [--qos=high]}", "'sbatch' is a list of options without dashes"),
            ("slurm: {prologue: module load}", "'prologue' is a list of texts"),
            ("slurm: {prologue: [[a]]}", "'prologue' is a list of texts"),
            ("slurm: {partition: \"a\\nb\"}", "'partition' is one line."),
            ("slurm: {maxRequeues: -1}", "'maxRequeues' is a whole number of at least 0."),
            ("", "1:1: it is empty"), ("pools: [", "it is not YAML"), ("pools:\n\t- a", "s.yaml:2:1: it is not YAML"),
            ("a: &x 1\npools: *x", "s.yaml:"), ("pools: []\n---\npools: []", "it is not YAML"),
            (String(repeating: "[", count: 100), "nested too deeply"),
            (String(repeating: "- ", count: 100), "nested too deeply"),
            (String(repeating: "# long\n", count: 10_000), "longer than 64 KiB"),
        ])
    func problems(text: String, words: String) {
        do {
            _ = try Site(yaml: text, file: "s.yaml")
            Issue.record("\(text) is accepted")
        } catch {
            #expect(error.exitCode == ExitCode.badRecipe)
            #expect(error.description.contains(words), "\(error.description)")
        }
    }

    @Test("damaged files are sites or errors with a place", arguments: UInt64(0)..<4)
    func damaged(block: UInt64) {
        let good = Array(
            """
            slurm: {partition: main, time: auto, sbatch: [qos=high], prologue: ["module load mpi"]}
            pools:
              - name: fast
                count: 4
                speed: 2.5e0
                pricePerHour: 2.5
              - {name: spot, count: 12, interruptionSeconds: 1.44e4, processor: "Some CPU: 3 GHz"}
            bytesPerSecond: 1e9
            rankLimit: 16
            """.utf8)
        let words = Damage.json + ["- ", "? ", "&a", "*a", "!!int", "|", ">", "%YAML", "---", "\n", "\t", "#", "<<: "]
        for seed in block * 250..<block * 250 + 250 {
            var damage = Damage(seed: seed, words: words)
            let text = String(decoding: damage(good), as: UTF8.self)
            do {
                let site = try Site(yaml: text, file: "s.yaml")
                #expect(site.pools.allSatisfy { $0.count >= 1 && $0.speed > 0 }, "seed \(seed)")
            } catch {
                #expect(error.description.hasPrefix("s.yaml:") && error.exitCode == ExitCode.badRecipe, "seed \(seed)")
            }
        }
    }
}
