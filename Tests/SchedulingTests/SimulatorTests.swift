import Prediction
import Scheduling
import Sites
import TestSupport
import Testing

@Suite("Simulator")
struct SimulatorTests {
    static let model = DurationModel(
        (0..<5).flatMap { WorkflowTrace.random(seed: 900 + UInt64($0)).measuredDurations(run: $0) })

    /// Whether a run is a schedule: what is wrong with it, or nothing.
    private func problem(_ run: SimulatedRun, _ work: Workload, _ site: Site) -> String? {
        let done = run.bars.filter { !$0.isLost }
        guard done.map(\.unit).sorted() == Array(0..<work.count) else { return "not every unit ran once" }
        var end = [Double](repeating: 0, count: work.count)
        for bar in done { end[bar.unit] = bar.endSeconds }
        for bar in run.bars {
            for parent in work.precedence.parents[bar.unit] where end[parent] > bar.startSeconds {
                return "\(bar.unit) starts before \(parent) ends"
            }
            if work.arrivals[work.workflowOf[bar.unit]] > bar.startSeconds {
                return "\(bar.unit) starts before it arrives"
            }
        }
        for rank in site.poolOfRank.indices {
            let bars = run.bars.filter { $0.ranks.contains(rank) }.sorted { $0.startSeconds < $1.startSeconds }
            for (one, next) in zip(bars, bars.dropFirst()) where one.endSeconds > next.startSeconds {
                return "rank \(rank) runs \(one.unit) and \(next.unit) at once"
            }
        }
        return run.makespanSeconds == done.map(\.endSeconds).max() ? nil : "the makespan is not the last end"
    }

    @Test("every policy makes a schedule, never below the bound, and the same one again", arguments: 0..<12)
    func schedules(block: UInt64) {
        for seed in block * 10..<block * 10 + 10 {
            let work = Workload([.random(seed: seed)])
            var moving = Site.identical(ranks: 3)
            moving.bytesPerSecond = 30
            for site in [Site.identical(ranks: 1 + Int(seed % 5)), .mixed(ranks: 8), moving] {
                let bound = LowerBound(workload: work, speeds: site.poolOfRank.map { site.pools[$0].speed })
                for policy in SimulatedPolicy.allCases {
                    let run = policy.run(work, on: site, model: Self.model, seed: seed)
                    #expect(problem(run, work, site) == nil, "seed \(seed), \(policy)")
                    #expect(run.makespanSeconds >= bound.seconds * (1 - 1e-9), "seed \(seed), \(policy)")
                    #expect(policy.run(work, on: site, model: Self.model, seed: seed).bars == run.bars)
                }
            }
        }
    }

    @Test("streams and interruptions leave every unit run once", arguments: 0..<10)
    func streams(seed: UInt64) {
        let traces = (0..<4).map { WorkflowTrace.random(seed: 50 * seed + UInt64($0)) }
        let work = Workload.stream(traces, load: 0.8, speed: 6, seed: seed)
        let site = Site(pools: [
            RankPool(name: "steady", count: 2),
            RankPool(name: "spot", count: 4, interruptionSeconds: 40, outageSeconds: 5),
        ])
        for policy in [SimulatedPolicy.airflow, .criticalPath] {
            var options = Simulator.Options()
            options.interruptionSeed = seed
            let run = policy.run(work, on: site, model: Self.model, seed: seed, options: options)
            #expect(problem(run, work, site) == nil, "seed \(seed), \(policy)")
            #expect(run.interruptions == run.bars.filter(\.isLost).count)
            #expect(run.completionSeconds.max() == run.makespanSeconds)
        }
    }

    @Test("gangs keep to their ranks and widths, and end no later than on one rank each at a time", arguments: 0..<40)
    func gangs(seed: UInt64) {
        var work = Workload([.random(seed: seed)])
        work.gangs = (0..<work.count).map {
            Workload.Gang(maximumRanks: [1, 2, 4, 8][($0 + Int(seed)) % 4], serialShare: 0.05)
        }
        let site = Site.identical(ranks: 6)
        let bound = LowerBound(workload: work, speeds: Array(repeating: 1, count: 6))
        func check(_ run: SimulatedRun) {
            #expect(problem(run, work, site) == nil, "seed \(seed)")
            #expect(run.makespanSeconds >= bound.seconds * (1 - 1e-9))
            #expect(run.makespanSeconds <= work.seconds.reduce(0, +) * (1 + 1e-9))
            for bar in run.bars {
                #expect(
                    bar.ranks.count <= work.gang(of: bar.unit).maximumRanks && Set(bar.ranks).count == bar.ranks.count)
            }
        }
        var known = GangDispatcher(work, ranks: 6, estimates: KnownDurations(work.seconds))
        check(Simulator.run(work, on: site, dispatcher: &known))
        var learned = GangDispatcher(work, ranks: 6, estimates: LearnedDurations(work, model: Self.model))
        check(Simulator.run(work, on: site, dispatcher: &learned))
        var fixed = FixedGangDispatcher(work, policy: AirflowPolicy())
        check(Simulator.run(work, on: site, dispatcher: &fixed))
    }

    @Test
    func `of several workflows the one with least work left goes first, and one that waits long enough is not passed`()
    {
        func trace(_ name: String, _ count: Int, _ seconds: Double) -> WorkflowTrace {
            let tasks = (0..<count).map {
                WorkflowTrace.Task(id: "\($0)", kind: name, seconds: seconds, inputBytes: 0, reads: [])
            }
            return WorkflowTrace(
                name: name, tasks: tasks, files: [], precedence: Precedence(parents: tasks.map { _ in [] }))
        }
        func completions(ageing: Double) -> [Double] {
            let shorts = (0..<30).map { trace("short-\($0)", 1, 10) }
            // A short workflow arrives every ten seconds, so that a long one would wait for all of them.
            let work = Workload([trace("long", 4, 10)] + shorts, arrivals: [0] + (0..<30).map { 10 * Double($0) })
            var dispatcher = StreamDispatcher(
                work, speed: 1, estimates: KnownDurations(work.seconds), ageing: ageing, trial: 0)
            return Simulator.run(work, on: .identical(ranks: 1), dispatcher: &dispatcher).completionSeconds
        }
        #expect(completions(ageing: 0)[0] == 340)
        #expect(completions(ageing: 0.5)[0] < 200)
        #expect(completions(ageing: 0)[1] == 10)
    }

    @Test func `a unit waits for a faster rank when that ends it sooner, and not when it does not`() {
        func trace(_ seconds: [Double]) -> Workload {
            let tasks = seconds.enumerated().map {
                WorkflowTrace.Task(id: "\($0)", kind: "k", seconds: $1, inputBytes: 0, reads: [])
            }
            return Workload([
                WorkflowTrace(
                    name: "w", tasks: tasks, files: [],
                    precedence: Precedence(parents: seconds.map { _ in [] }))
            ])
        }
        let site = Site(pools: [RankPool(name: "fast", count: 1, speed: 4), RankPool(name: "slow", count: 1, speed: 1)])
        // Both end at 12 / 4 + 8 / 4 = 5 on the fast rank; on the slow one the second would end at 8.
        let waits = SimulatedPolicy.oracle.run(trace([12, 8]), on: site, model: Self.model)
        #expect(waits.makespanSeconds == 5 && waits.bars.allSatisfy { $0.ranks == [0] })
        let spreads = SimulatedPolicy.oracle.run(trace([12, 2]), on: site, model: Self.model)
        #expect(spreads.makespanSeconds == 3 && spreads.bars.map(\.ranks) == [[0], [1]])
    }

    @Test func `files are fetched once and lie where they were made`() {
        let tasks = [
            WorkflowTrace.Task(id: "a", kind: "k", seconds: 1, inputBytes: 0, reads: []),
            WorkflowTrace.Task(id: "b", kind: "k", seconds: 1, inputBytes: 10, reads: [0]),
            WorkflowTrace.Task(id: "c", kind: "k", seconds: 1, inputBytes: 10, reads: [0]),
            WorkflowTrace.Task(id: "d", kind: "k", seconds: 1, inputBytes: 10, reads: [0]),
        ]
        let trace = WorkflowTrace(
            name: "w", tasks: tasks, files: [.init(bytes: 10, producer: 0)],
            precedence: Precedence(parents: [[], [0], [0], [0]]))
        var site = Site.identical(ranks: 2)
        site.bytesPerSecond = 20
        // The rank that made the file runs two of the three; the other fetches for half a second.
        let run = SimulatedPolicy.oracle.run(Workload([trace]), on: site, model: Self.model)
        #expect(run.makespanSeconds == 3)
        #expect(run.bars.first { $0.ranks != run.bars[0].ranks }?.endSeconds == 2.5)
    }

    @Test func `a rank is paid from its first unit to its last, and for its start`() {
        let task = WorkflowTrace.Task(id: "a", kind: "k", seconds: 3540, inputBytes: 0, reads: [])
        let trace = WorkflowTrace(name: "w", tasks: [task], files: [], precedence: Precedence(parents: [[]]))
        let site = Site(pools: [RankPool(name: "paid", count: 3, pricePerHour: 2, startupSeconds: 60)])
        let run = SimulatedPolicy.oracle.run(Workload([trace]), on: site, model: Self.model)
        #expect(run.cost == 2)
        #expect(SimulatedPolicy.oracle.run(Workload([trace]), on: .identical(ranks: 2), model: Self.model).cost == nil)
    }

    @Test func `noise has mean one and is the same for every policy`() {
        let seconds = [Double](repeating: 1, count: 20_000)
        let tasks = seconds.map { WorkflowTrace.Task(id: "", kind: "k", seconds: $0, inputBytes: 0, reads: []) }
        let work = Workload([
            WorkflowTrace(name: "w", tasks: tasks, files: [], precedence: Precedence(parents: seconds.map { _ in [] }))
        ])
        let noisy = work.withNoise(sigma: 0.3, seed: 4)
        #expect(abs(noisy.seconds.reduce(0, +) / 20_000 - 1) < 0.01)
        #expect(noisy.seconds == work.withNoise(sigma: 0.3, seed: 4).seconds)
        #expect(noisy.seconds != work.withNoise(sigma: 0.3, seed: 5).seconds)
    }
}
