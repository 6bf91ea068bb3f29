import Determinism
import DurableFiles
import Foundation
import Pictures
import Ranks
public import Recipes
import Tokenization
import Training
import WorkGraph

/// Lets a trained policy imagine how episodes go on from their first picture and instruction.
public struct GenerateKind: UnitKind {
    public typealias Result = Rollouts

    public static let description = KindDescription(
        name: "Generate", version: 2,
        summary: "Rolls out actions and imagined pictures from a picture and an instruction.", computesFloats: true)

    @Input(.unlabelled, help: "The trained model.") var policy: Checkpoint
    @Input(help: "Tokens of the episodes whose beginnings are taken.") var from: TokenShards
    @Setting(in: 1...10_000, help: "Episodes, spread evenly over the tokens.") var episodes: Int = 2
    @Setting(in: 1...10_000, help: "Steps of the timeline to imagine; each may hold several actions.") var steps: Int =
        12
    @Setting(in: 1...10_000, help: "Steps that are given; of the last one only what is seen.") var given: Int = 1

    public init() {}

    public func plan(_ draft: inout UnitDraft, _ planContext: PlanContext) throws {
        draft.estimate = WorkEstimate(
            bytesWritten: Double(episodes) * 50_000, fixedSeconds: 1 + 0.03 * Double(episodes * (steps + given)))
    }

    /// What `rollouts.json` holds: traces as in an evaluation, each with more about its rollout.
    private struct Imagined: Encodable {
        var schema = "orchestrate.rollouts/1"
        var traces: [Rollout]
    }

    private struct Rollout: Encodable {
        var episode: String
        var instruction: String
        /// Steps that were given, the first of which the model did not choose.
        var given: Int
        /// Names, `[D]`.
        var dimensions: [String]
        /// What the episode did in the same steps before it was quantized, as far as it goes, `[T][D]`.
        var recorded: [[Float]]
        /// What the model did, `[T][D]`, in the action's own units.
        var predicted: [[Double]]
        /// Share of imagined codes that equal the recorded ones, by step.
        var equalCodes: [Double]
        /// The picture beside: recorded frames above, imagined ones below.
        var sheet: String?
    }

    public func run(_ unit: UnitContext) throws {
        guard unit.gang.rank == 0 else { return }
        let policy = try ActionPolicy(try TrainedModel(unit.path("policy.checkpoint")))
        let corpus = try TokenCorpus(
            shards: unit.paths("from.shards"), vocabulary: policy.tokenizers.vocabulary.digest)
        guard !corpus.documents.isEmpty else {
            throw TrainingError(.unusableData, "there are no episodes to start from; enlarge that part of the split")
        }
        let folder = unit.output("rollouts")
        try DurableFiles.createDirectory(folder)
        let count = min(episodes, corpus.documents.count)
        var rollouts: [Rollout] = []
        for number in 0..<count {
            guard unit.stop == .none else { throw Interrupted() }
            let document = corpus.documents[number * corpus.documents.count / count]
            rollouts.append(try roll(policy, document, sheet: "episode-\(number).png", in: folder))
            unit.reporter.progress(number + 1, of: count, figures: [:])
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        try DurableFiles.writeFile(
            Array(try encoder.encode(Imagined(traces: rollouts))) + [10], to: folder + "/rollouts.json")
    }

    private func roll(
        _ policy: ActionPolicy, _ document: TokenDocument, sheet: String, in folder: String
    ) throws -> Rollout {
        let tokenizers = policy.tokenizers
        let streams = tokenizers.vocabulary.streams
        let given = min(self.given, document.stepStarts.count)
        let recorded = document.stepStarts.indices.prefix(given + steps - 1).map {
            Array(document.tokens[document.stepRange($0)])
        }
        let header = Array(document.tokens[0..<document.headerCount])
        var session = try policy.session(header: header)
        for step in recorded.prefix(given - 1) {
            _ = try session.act(Array(step[..<streams.observationTokenCount]))
            try session.commit(action: Array(step[streams.observationTokenCount...]))
        }
        var seen = Array(recorded[given - 1][..<streams.observationTokenCount])
        var actions: [[Double]] = []
        var equal: [Double] = []
        var cells: [[ContactSheet.Cell]] = [[], []]
        for step in 0..<steps {
            let chosen = try session.act(seen)
            try session.commit(action: chosen.tokens)
            actions += chosen.values.rows(of: tokenizers.actions.width)
            let place = given - 1 + step
            let truth = place < recorded.count ? Array(recorded[place][..<streams.observationTokenCount]) : nil
            if let truth, streams.imageTokenCount > 0 {
                let same = (0..<streams.imageTokenCount).filter { truth[$0] == seen[$0] }.count
                equal.append(Double(same) / Double(streams.imageTokenCount))
                cells[0].append(.init(try picture(truth, tokenizers), caption: "step \(place * streams.chunk)"))
            }
            if streams.imageTokenCount > 0 {
                cells[1].append(.init(try picture(seen, tokenizers), caption: step == 0 ? "given" : "imagined"))
            }
            if step + 1 < steps { seen = try session.imagine() }
        }
        var name: String?
        if !cells[1].isEmpty {
            name = sheet
            try DurableFiles.writeFile(try PNG.encode(ContactSheet(rows: cells).image()), to: folder + "/" + sheet)
        }
        return Rollout(
            episode: document.id, instruction: try tokenizers.decodeText(Array(header.dropFirst().dropLast())),
            given: given, dimensions: tokenizers.actions.names,
            recorded: document.actionRows.dropFirst((given - 1) * streams.chunk).prefix(steps * streams.chunk).map(
                Array.init),
            predicted: actions, equalCodes: equal, sheet: name)
    }

    /// The first camera's frame; one channel becomes grey.
    private func picture(_ tokens: [Int32], _ tokenizers: TokenizerSet) throws -> PixelImage {
        let range = tokenizers.vocabulary.streams.imageRange(0)
        let frame = try tokenizers.decodeFrame(Array(tokens[range]))
        let pixels =
            frame.channels == 3
            ? frame.pixels
            : (0..<frame.height * frame.width).flatMap { pixel in
                [UInt8](repeating: frame.pixels[pixel * frame.channels], count: 3)
            }
        return PixelImage(width: frame.width, height: frame.height, pixels: pixels)
    }
}

/// Lets a trained policy imagine how episodes go on; see ``GenerateKind``.
@discardableResult
public func Generate(
    _ policy: Checkpoint, from: TokenShards, episodes: Int = 2, steps: Int = 12, given: Int = 1
) -> Rollouts {
    let kind = GenerateKind()
    kind.policy = policy
    kind.from = from
    kind.episodes = episodes
    kind.steps = steps
    kind.given = given
    return kind.place()
}
