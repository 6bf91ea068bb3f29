import Prediction
import Scheduling
import Sites
import TestSupport
import Testing

@Suite("Cost under a deadline")
struct DeadlineTests {
    private static let steady = [
        RankPool(name: "plain", count: 8, speed: 1, pricePerHour: 1, startupSeconds: 60),
        RankPool(name: "fast", count: 8, speed: 2, pricePerHour: 2.5, startupSeconds: 60),
    ]
    private static let spot = RankPool(
        name: "spot", count: 6, speed: 1, pricePerHour: 0.3, startupSeconds: 60, interruptionSeconds: 14_400,
        outageSeconds: 300)
    private static let site = Site(pools: steady + [spot], rankLimit: 8)

    private func run(
        _ work: Workload, on site: Site = Self.site, deadline: Double, seed: UInt64 = 0, caution: Double = 0
    ) -> SimulatedRun {
        var options = Simulator.Options()
        options.opensAll = false
        options.interruptionSeed = seed
        var dispatcher = DeadlineDispatcher(
            work, deadlineSeconds: deadline, estimates: KnownDurations(work.seconds), caution: caution)
        return Simulator.run(work, on: site, dispatcher: &dispatcher, options: options)
    }

    /// Forty units of ten minutes in two layers.
    private var layers: Workload {
        let tasks = (0..<40).map {
            WorkflowTrace.Task(id: "\($0)", kind: "k", seconds: 600, inputBytes: 0, reads: [])
        }
        let parents = (0..<40).map { $0 < 20 ? [] : [$0 - 20] }
        return Workload([WorkflowTrace(name: "w", tasks: tasks, files: [], precedence: Precedence(parents: parents))])
    }

    /// A random workflow of units of minutes.
    private func random(_ seed: UInt64) -> Workload {
        var work = Workload([.random(seed: seed, most: 60, edges: 0.05)])
        work.seconds = work.seconds.map { $0 * 60 }
        return work
    }

    /// Most ranks that are in use at once, those that were interrupted not counted.
    private func mostRanks(_ run: SimulatedRun) -> Int {
        run.bars.map { bar in
            run.bars.count { $0.startSeconds <= bar.startSeconds && bar.startSeconds < $0.endSeconds }
        }.max() ?? 0
    }

    @Test(
        "every unit runs to its end once, on no more ranks than the site allows, and rentals add up",
        arguments: UInt64(0)..<30)
    func laws(seed: UInt64) throws {
        let work = random(seed)
        let alone = SimulatedPolicy.oracle.run(work, on: .identical(ranks: 8), model: DurationModel([])).makespanSeconds
        for factor in [0.6, 1.2, 3] {
            let result = run(work, deadline: factor * alone, seed: seed, caution: 0.5)
            #expect(result.bars.filter { !$0.isLost }.map(\.unit).sorted() == Array(0..<work.count))
            #expect(result.unfinishedCount == 0 && mostRanks(result) <= 8)
            var money = 0.0
            for (rank, pool) in Self.site.poolOfRank.enumerated() {
                let bars = result.bars.filter { $0.ranks == [rank] }
                let paid = result.paidSeconds[rank]
                let busy = bars.reduce(0) { $0 + $1.endSeconds - $1.startSeconds }
                if let first = bars.first?.startSeconds, let last = bars.map(\.endSeconds).max() {
                    // Once from the first to the last unit, or with gaps, each of which costs at most another start.
                    #expect(
                        paid >= busy + 60 - 1e-6
                            && paid <= max(last - first, busy + 60 * Double(bars.count - 1)) + 60 + 1e-6)
                } else {
                    #expect(paid == 0)
                }
                money += paid / 3600 * (Self.site.pools[pool].pricePerHour ?? 0)
            }
            #expect(abs(try #require(result.cost) - money) < 1e-9)
        }
    }

    @Test(
        "with known durations a deadline is kept that the critical path on plain ranks keeps", arguments: UInt64(0)..<30
    )
    func keepsDeadlines(seed: UInt64) {
        let work = random(seed)
        let alone = SimulatedPolicy.oracle.run(work, on: .identical(ranks: 8), model: DurationModel([])).makespanSeconds
        for factor in [1.1, 1.5, 2.5] {
            let deadline = factor * alone
            let result = run(work, on: Site(pools: Self.steady, rankLimit: 8), deadline: deadline)
            #expect(result.makespanSeconds <= deadline, "\(result.makespanSeconds) of \(deadline)")
        }
    }

    @Test func `more time costs less, and a deadline nobody can keep is missed by as little as possible`() throws {
        let costs = try [3000.0, 5000, 20_000].map { try #require(run(layers, deadline: $0).cost) }
        #expect(costs[0] > costs[1] && 1.1 * costs[1] >= costs[2], "\(costs)")
        // 24,000 seconds of work on spot ranks alone.
        #expect(costs[2] < 0.3 * 24_000 / 3600 * 1.3)
        #expect(run(layers, deadline: 600).makespanSeconds < 2400)
    }

    @Test func `equal arguments give equal schedules`() {
        #expect(run(layers, deadline: 4000, seed: 3).bars == run(layers, deadline: 4000, seed: 3).bars)
    }
}
