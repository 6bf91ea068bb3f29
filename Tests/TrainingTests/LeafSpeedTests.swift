import Ranks
import Synchronization
import Testing
import TestSupport
import Training

@Suite("Leaves by the speed of ranks")
struct LeafSpeedTests {
    @Test("no other division of leaves is done sooner", arguments: UInt64(0)..<100)
    func shortest(seed: UInt64) {
        var random = SplitMix(state: seed)
        let ranks = Int.random(in: 1...4, using: &random)
        let leaves = Int.random(in: ranks...9, using: &random)
        let costs = (0..<ranks).map { _ in Double.random(in: 0.1...4, using: &random) }
        let counts = LeafSpeeds.counts(leaves: leaves, costs: costs)
        #expect(counts.reduce(0, +) == leaves && counts.allSatisfy { $0 > 0 })
        func longest(_ counts: [Int]) -> Double { zip(counts, costs).map { Double($0) * $1 }.max() ?? 0 }
        /// The least time of every division, tried one by one.
        func least(_ counts: [Int]) -> Double {
            let left = leaves - counts.reduce(0, +)
            guard counts.count < ranks - 1 else { return left > 0 ? longest(counts + [left]) : .infinity }
            return (1...max(1, left)).map { least(counts + [$0]) }.min() ?? .infinity
        }
        #expect(longest(counts) == least([]))
    }

    @Test func `leaves move when a rank is slower by more than clocks err, and only then`() {
        var speeds = LeafSpeeds(ranks: 2, leaves: 8)
        func step(_ slow: Double) -> [(seconds: Double, operations: Double)] {
            speeds.runs.enumerated().map { rank, run in
                (Double(run.count) * (rank == 1 ? slow : 1), Double(run.count))
            }
        }
        var moved = speeds.note(step(9))
        #expect(!moved, "the first step's memory is new")
        for _ in 0..<20 {
            moved = speeds.note(step(1.04))
            #expect(!moved)
        }
        #expect(speeds.runs == [0..<4, 4..<8])
        var moves = 0
        for _ in 0..<40 where speeds.note(step(3)) { moves += 1 }
        #expect(speeds.runs == [0..<6, 6..<8] && moves > 0)
        for _ in 0..<40 { _ = speeds.note(step(1)) }
        #expect(speeds.runs == [0..<4, 4..<8], "and back when it is as fast as the others again")
        var few = LeafSpeeds(ranks: 5, leaves: 3)
        let even = few.runs
        for _ in 0..<9 {
            let moved = few.note(even.map { (Double($0.count) + 0.1, Double($0.count)) })
            #expect(!moved)
        }
        #expect(few.runs == even)
    }

    @Test("memory for partial sums is what some division of the leaves takes, and none takes more", arguments: 1...4)
    func memory(ranks: Int) {
        for leaves in 1...12 {
            /// Every division of the leaves from `first` on among `ranks` ranks.
            func divisions(from first: Int, among ranks: Int) -> [[Range<Int>]] {
                guard ranks > 1 else { return [[first..<leaves]] }
                return (first + 1..<max(first + 2, leaves - ranks + 2)).flatMap { end in
                    divisions(from: end, among: ranks - 1).map { [first..<end] + $0 }
                }
            }
            let told = PartialSums(ranks: ranks, leaves: leaves)
            guard leaves >= ranks else {
                let runs = LeafSpeeds(ranks: ranks, leaves: leaves).runs
                #expect(told == PartialSums(runs: runs), "fewer leaves than ranks never move")
                continue
            }
            let each = divisions(from: 0, among: ranks).map(PartialSums.init(runs:))
            #expect(told.held == each.map(\.held).max(), "\(leaves) leaves")
            #expect(each.allSatisfy { $0.received <= told.received }, "\(leaves) leaves")
            for runs in divisions(from: 0, among: ranks) {
                var held = 0
                for run in runs {
                    var stack = NodeStack<Int>()
                    for leaf in run {
                        held = max(held, stack.entries.count + 1)
                        stack.push(TreeNode(leaf: leaf), 1) { _, _ in }
                    }
                    #expect(stack.entries.map(\.node) == GradientTree.nodes(covering: run))
                }
                #expect(PartialSums(runs: runs).held == held)
            }
        }
    }

    private static var job: TrainingJob {
        var job = TrainerTests.job(microBatch: 1)
        job.settings.steps = 9
        return job
    }

    @Test("ranks of any speeds end in the bits of one rank", arguments: UInt64(0)..<4)
    func bits(seed: UInt64) throws {
        let job = Self.job
        let truth = try Trainer(job, gang: SoloGang(), observer: Watcher())
        _ = try truth.run()
        let runs = Mutex<Set<[Range<Int>]>>([])
        let ranks = 2 + Int(seed % 3)
        let hashes = try ThreadGang.run(ranks: ranks) { gang in
            let trainer = try Trainer(job, gang: gang, observer: Watcher())
            trainer.measured = { step, rank, leaves in
                runs.withLock { _ = $0.insert(trainer.speeds.runs) }
                var random = SplitMix(state: seed &* 1000 &+ UInt64(step * 10 + rank))
                return Double(leaves) * Double.random(in: 0.2...5, using: &random)
            }
            _ = try trainer.run()
            return trainer.stateHashText
        }
        #expect(Set(hashes) == [truth.stateHashText])
        #expect(runs.withLock { $0.count } > 1, "leaves have moved")
    }
}
