import Kernels
import Modeling
import Ranks
import Synchronization
import Testing
import TestSupport
import Training
import TrainingSamples

@Suite("Profiles")
struct ProfileTests {
    private final class Listener: TrainingObserver {
        private let state = Mutex<(profile: TrainingProfile?, paces: [StepPace])>((nil, []))
        func finished(_ record: StepRecord, pace: StepPace) { state.withLock { $0.paces.append(pace) } }
        func note(_ line: String) {}
        func profiled(_ profile: TrainingProfile) { state.withLock { $0.profile = profile } }
        var stop: TrainingStop { .none }
        var profile: TrainingProfile? { state.withLock { $0.profile } }
        var paces: [StepPace] { state.withLock { $0.paces } }
    }

    private static func train(ranks: Int, profile: Bool, folder: String) throws -> (hash: String, Listener, [Double]) {
        let listener = Listener()
        let results = try ThreadGang.run(ranks: ranks) { gang in
            var job = AwkwardTraining.job(steps: 6, threads: 1)
            job.profile = profile
            job.checkpointFolder = folder
            job.checkpointEvery = 2
            let trainer = try Trainer(job, gang: gang, observer: listener)
            let clock = ContinuousClock()
            let start = clock.now
            _ = try trainer.run()
            return (trainer.stateHashText, (clock.now - start) / .seconds(1))
        }
        return (results[0].0, listener, results.map(\.1))
    }

    @Test("the parts of every rank add up to its wall time, and no bit changes", arguments: [1, 3])
    func adds(ranks: Int) throws {
        let folder = try TemporaryDirectory()
        let (hash, listener, walls) = try Self.train(ranks: ranks, profile: true, folder: folder.path)
        #expect(hash == AwkwardTraining.Variant.plain.golden[6])
        let profile = try #require(listener.profile)
        #expect(profile.steps == 6 && profile.ranks.count == ranks)
        for (rank, wall) in zip(profile.ranks, walls) {
            let sum = rank.parts.values.reduce(0, +)
            #expect(abs(sum - rank.seconds) <= 0.01 * rank.seconds, "\(sum) of \(rank.seconds) s")
            #expect(rank.seconds <= wall)
            #expect(rank.parts.keys.sorted() == TimeBook.Part.allCases.map { "\($0)" }.sorted())
            for part in ["matmul", "attention", "elementwise", "optimizer", "data", "checkpoint"] {
                #expect((rank.parts[part] ?? 0) > 0, "\(part)")
            }
        }
        // Operations are those of the leaves that were computed, wherever they were.
        let configuration = AwkwardTraining.job(steps: 6, threads: 1).configuration
        #expect(profile.operations <= 54 * configuration.trainingOperations(length: 97))
        #expect(profile.operations >= 54 * configuration.trainingOperations(length: 48))
        #expect(profile.lines.count == 1 + ranks && profile.lines[0].hasPrefix("profile of 6 steps"))
        if profile.peakOperationsPerSecond > 0 {
            #expect(listener.paces.allSatisfy { ($0.utilization ?? 0) > 0 && ($0.utilization ?? 9) < 1 })
        }
    }

    @Test("activations that are computed again have the same bits", arguments: [(1, 1), (2, 2)])
    func recompute(ranks: Int, threads: Int) throws {
        let hashes = try ThreadGang.run(ranks: ranks) { gang in
            var job = AwkwardTraining.job(steps: 6, threads: threads)
            job.recompute = true
            let trainer = try Trainer(job, gang: gang, observer: Listener())
            _ = try trainer.run()
            return trainer.stateHashText
        }
        #expect(Set(hashes) == [AwkwardTraining.Variant.plain.golden[6]])
        let job = AwkwardTraining.job(steps: 6, threads: 1)
        let (kept, again) = (
            TransformerMemory.bytes(job.configuration, sequences: 3, length: 97, threads: 1),
            TransformerMemory.bytes(job.configuration, sequences: 3, length: 97, threads: 1, recomputes: true)
        )
        #expect(again < kept)
    }

    @Test("nobody keeps a book who is not asked to")
    func off() throws {
        let folder = try TemporaryDirectory()
        let (hash, listener, _) = try Self.train(ranks: 1, profile: false, folder: folder.path)
        #expect(hash == AwkwardTraining.Variant.plain.golden[6] && listener.profile == nil)
    }
}
