import Determinism
import Foundation
import Modeling
import Ranks
import Tokenization
import Training

/// A small model that learns bytes of text, with everything that a peer needs to train the same one.
///
/// Reads `training.bin` and `validation.bin`, documents of 1025 bytes one behind the other, in a folder. Writes `learning.json` (the
/// model and its settings), `batches.bin` and `heldout.bin` (rows of inputs and of targets as little-endian 32-bit integers, in the order in which they
/// are used), `initial/` and, after training, `trained/` (model folders).
struct LearningRun {
    let folder: String
    let steps: Int
    let threads: Int

    private static let documentLength = 1025

    private let configuration = TransformerConfiguration(
        vocabularySize: 256, width: 128, layers: 4, heads: 4, hiddenWidth: 352, context: 128, tiedHead: false)

    private var settings: TrainingSettings {
        TrainingSettings(
            batch: 8, microBatch: 2, steps: steps, learningRate: 1e-3, warmup: 20, weightDecay: 0.1, clip: 1,
            evaluateEvery: 50, seed: 17)
    }

    private final class Silent: TrainingObserver {
        func finished(_ record: StepRecord, pace: StepPace) {}
        func note(_ line: String) {}
        var stop: TrainingStop { .none }
    }

    func run() throws {
        let settings = settings
        let training = try corpus("training.bin")
        let validation = try corpus("validation.bin")
        var job = TrainingJob(
            configuration: configuration, settings: settings, training: training, validation: validation)
        job.threads = threads
        let context = configuration.context
        let heldOut = try SampleTable(validation, context: context, spacing: .disjoint)
        job.validationWindows = heldOut.samples.count
        let table = try SampleTable(training, context: context)
        let builder = LeafBuilder(corpus: training, table: table)
        let order = MixedOrder(count: builder.count, seed: settings.seed)
        try write("batches.bin", builder, order.rows(at: 0..<steps * settings.batch))
        try write("heldout.bin", LeafBuilder(corpus: validation, table: heldOut), Array(heldOut.samples.indices))
        let c = configuration
        let described = """
            {"batch":\(settings.batch),"clip":\(settings.clip),"context":\(context),"heads":\(c.heads),\
            "hiddenWidth":\(c.hiddenWidth),"layers":\(c.layers),"microBatch":\(settings.microBatch),"rate":\(settings.learningRate),\
            "steps":\(steps),"vocabularySize":\(c.vocabularySize),"warmup":\(settings.warmup),\
            "weightDecay":\(settings.weightDecay),"floor":\(settings.floor),"evaluateEvery":\(settings.evaluateEvery),"width":\(c.width)}
            """
        try write(Data(described.utf8), "learning.json")
        let trainer = try Trainer(job, gang: SoloGang(), observer: Silent())
        try trainer.writeModel(to: folder + "/initial")
        _ = try trainer.run()
        try trainer.writeModel(to: folder + "/trained")
    }

    private func corpus(_ name: String) throws -> TokenCorpus {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)))
        let length = Self.documentLength
        return TokenCorpus(
            documents: (0..<bytes.count / length).map { number in
                TokenDocument(
                    id: "text-\(number)", tokens: bytes[number * length..<(number + 1) * length].map { Int32($0) },
                    weights: Array(repeating: 256, count: length), modalities: Array(repeating: 1, count: length),
                    headerCount: 1, stepStarts: (0..<length / 32).map { 1 + 32 * $0 })
            }, vocabulary: Digest(of: "bytes"))
    }

    private func write(_ name: String, _ builder: LeafBuilder, _ rows: [Int]) throws {
        var bytes: [UInt8] = []
        for row in rows {
            let leaf = builder.leaf([row])
            for token in leaf.inputs + leaf.targets {
                let word = UInt32(bitPattern: token)
                bytes += [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: word >> $0) }
            }
        }
        try write(Data(bytes), name)
    }

    private func write(_ data: Data, _ name: String) throws {
        try data.write(to: URL(fileURLWithPath: folder + "/" + name))
    }
}
