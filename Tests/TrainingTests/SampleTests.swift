import Determinism
import Modeling
import Testing
import TestSupport
import Tokenization
import Training
import TrainingSamples

@Suite("Samples")
struct SampleTests {
    @Test func `a sample is the header and whole steps that fit, and targets are the next tokens`() throws {
        // Header of 3, steps of 4 tokens, consecutive integers as tokens.
        let corpus = TinyCorpus.counting(documents: 2, steps: 5)
        let table = try SampleTable(corpus, context: 11)
        // 12 tokens hold the header and two steps, so windows start at steps 0...3 of both documents.
        #expect(table.samples.map(\.firstStep) == [0, 1, 2, 3, 0, 1, 2, 3])
        #expect(table.samples.allSatisfy { $0.stepCount == 2 })
        let leaf = LeafBuilder(corpus: corpus, table: table).leaf([1, 3])
        #expect(leaf.length == 11)
        #expect(Array(leaf.inputs[0..<10]) == [0, 1, 2, 7, 8, 9, 10, 11, 12, 13])
        #expect(Array(leaf.targets[0..<10]) == [1, 2, 7, 8, 9, 10, 11, 12, 13, 14])
        #expect(leaf.targets[10] == -1)
        // The last window ends with the document's closing token.
        #expect(Array(leaf.targets[11..<22]) == [1, 2, 15, 16, 17, 18, 19, 20, 21, 22, 23])
    }

    @Test(
        "packing puts every sample into one row, none longer than the context, and few rows", arguments: UInt64(0)..<20)
    func packing(seed: UInt64) {
        var random = SplitMix(state: seed)
        let context = Int.random(in: 5...300, using: &random)
        let lengths = (0..<Int.random(in: 1...400, using: &random)).map { _ in
            Int.random(in: 0...Int.random(in: 1...context, using: &random), using: &random)
        }
        let packing = SamplePacking(lengths: lengths, context: context, seed: seed)
        let sums = packing.rows.map { $0.reduce(0) { $0 + lengths[$1] } }
        #expect(packing.rows.flatMap(\.self).sorted() == lengths.indices.filter { lengths[$0] > 0 })
        #expect(sums.allSatisfy { 1...context ~= $0 })
        // No packing needs fewer rows than `least`, nor fewer than there are samples of more than half a row.
        let least = (lengths.reduce(0, +) + context - 1) / context
        let large = lengths.count { 2 * $0 > context }
        #expect(packing.rows.count <= max(least, large) * 3 / 2 + 1)
        #expect(SamplePacking(lengths: lengths, context: context, seed: seed).rows == packing.rows)
    }

    @Test func `packed windows stand one behind the other and begin documents`() throws {
        let corpus = TinyCorpus.counting(documents: 3, steps: 2)  // 12 tokens each
        let table = try SampleTable(corpus, context: 25)
        #expect(table.samples.count == 3)
        let packing = try SamplePacking(table, of: corpus, seed: 1)
        #expect(packing.rows.map(\.count).sorted() == [1, 2])
        let leaf = LeafBuilder(corpus: corpus, table: table, packing: packing).leaf([0, 1])
        #expect(leaf.sequences == 2 && leaf.length == 22)
        #expect(leaf.documentStarts == [0, 11, 22])
        #expect(Array(leaf.inputs[0..<22]) == Array(0..<11) + Array(0..<11))
        #expect(Array(leaf.targets[0..<22]) == Array(1..<12) + Array(1..<12))
        #expect(leaf.targets[33..<44].allSatisfy { $0 == -1 })
        // Rows of one sample are today's leaf.
        let plain = LeafBuilder(corpus: corpus, table: table).leaf([0, 2])
        #expect(plain.documentStarts.isEmpty && plain.length == 11)
    }

    @Test func `disjoint windows count every step once`() throws {
        let corpus = TinyCorpus.counting(documents: 3, steps: 5)
        let table = try SampleTable(corpus, context: 11, spacing: .disjoint)
        for document in 0..<3 {
            let steps = table.samples.filter { $0.document == document }.flatMap {
                $0.firstStep..<$0.firstStep + $0.stepCount
            }
            #expect(steps == Array(0..<5))
        }
    }

    @Test func `a context that holds no step is refused with the one that would`() throws {
        let corpus = TinyCorpus.counting(documents: 1, steps: 2)
        let error = #expect(throws: TrainingError.self) { try SampleTable(corpus, context: 5) }
        #expect(error?.message.contains("context: 6 or more") == true)
    }

    @Test func `an epoch visits every sample once and the next one in another order`() {
        let order = SampleOrder(count: 53, seed: 4)
        let first = order.samples(at: 0..<53)
        let second = order.samples(at: 53..<106)
        #expect(first.sorted() == Array(0..<53))
        #expect(second.sorted() == Array(0..<53))
        #expect(first != second)
        #expect(order.samples(at: 50..<56) == Array(first[50...] + second[..<3]))
    }

    @Test func `every schedule rises linearly, then keeps to its shape`() {
        func schedule(_ shape: LearningRateShape) -> LearningRateSchedule {
            LearningRateSchedule(shape, peak: 1e-3, warmup: 10, steps: 110, floor: 0.1, cooldown: 20)
        }
        for shape in LearningRateShape.allCases {
            let rates = (1...110).map { schedule(shape).rate(at: $0) }
            #expect(rates[0] == 1e-4 && rates[9] == 1e-3, "\(shape)")
            #expect(zip(rates[9...], rates[10...]).allSatisfy { $0 >= $1 && $1 > 0 }, "\(shape)")
        }
        #expect(abs(schedule(.linear).rate(at: 60) - 5.5e-4) < 1e-12)
        #expect(abs(schedule(.linear).rate(at: 110) - 1e-4) < 1e-12)
        #expect(schedule(.stable).rate(at: 90) == 1e-3)
        #expect(abs(schedule(.stable).rate(at: 100) - 5.5e-4) < 1e-12)
        #expect(abs(schedule(.stable).rate(at: 110) - 1e-4) < 1e-12)
        #expect(abs(schedule(.inverseSquareRoot).rate(at: 40) - 5e-4) < 1e-12)
        #expect(schedule(.constant).rate(at: 110) == 1e-3)
        // Without a length of its own the fall takes a fifth; without warmup the first step has the peak.
        let plain = LearningRateSchedule(.stable, peak: 1, warmup: 0, steps: 50)
        #expect(plain.rate(at: 1) == 1 && plain.rate(at: 40) == 1 && plain.rate(at: 41) < 1)
    }

    @Test func `the learning rate rises linearly and falls along half a cosine`() {
        let schedule = LearningRateSchedule(peak: 1e-3, warmup: 10, steps: 110)
        #expect(schedule.rate(at: 1) == 1e-4)
        #expect(schedule.rate(at: 10) == 1e-3)
        #expect(abs(schedule.rate(at: 60) - 5.5e-4) < 1e-12)
        #expect(abs(schedule.rate(at: 110) - 1e-4) < 1e-12)
    }
}
