import Episodes
import Ranks
public import Recipes
import Tokenization
public import WorkGraph

/// Lays episodes out as tokens: one unit per shard of demonstrations, and one that assembles the vocabulary.
///
/// A unit reads one shard and the three selections and writes the token shards of the three parts; a part of which the shard
/// holds no episode gives an empty token shard.
public struct TokenizeKind: UnitKind {
    public typealias Result = TokenSplit

    public static let description = KindDescription(
        name: "Tokenize", version: 3, summary: "Turns episodes into token shards under one vocabulary, shard by shard.",
        computesFloats: true)

    @Input(.unlabelled, help: "Episodes of the three parts.") var split: EpisodeSplit
    @Input(help: "The text tokenizer.") var text: TextTokenizer
    @Input(help: "The image tokenizer; pictures are left out without it.") var images: ImageTokenizer? = nil
    @Input(help: "The action tokenizer.") var actions: ActionTokenizer
    @Input(help: "The sensor tokenizer; sensors are left out without it.") var sensors: SensorTokenizer? = nil
    @Setting(
        in: 1...1024,
        help:
            "Recorded steps for each observation; the actions of all of them follow it. 1 also stands for the steps of .fast's chunk."
    )
    var observeEvery: Int = 1
    @Setting(in: 0...1000, help: "What an instruction weighs in the loss, as a share of one step.")
    var textWeight: Double = 0.5
    @Setting(in: 0...1000, help: "What the mean over a step's image tokens weighs.") var imageWeight: Double = 1
    @Setting(in: 0...1000, help: "What the mean over a step's action tokens weighs.") var actionWeight: Double = 2
    @Setting(in: 0...1000, help: "What the mean over a step's sensor tokens weighs.") var sensorWeight: Double = 0.5
    @Setting(.hidden, help: "Which shard of the demonstrations this unit reads.") var shard: Int = 0

    public init() {}

    private static let parts = ["training", "validation", "test"]

    public var part: String? { "shard-\(shard)" }

    public var outputs: [OutputDeclaration] {
        Self.parts.map { OutputDeclaration(name: "\($0).shards", type: PortType("TokenShard")) }
    }

    public func place(label: CallLabel) -> TokenSplit {
        let assembly = AssembleVocabularyKind()
        assembly.episodes = EpisodeSet(
            wiring: Wiring(
                members: ["selection": split.wiring.members["training.selection"] ?? []], call: split.wiring.call))
        assembly.text = text
        assembly.images = images
        assembly.actions = actions
        assembly.sensors = sensors
        assembly.observeEvery = observeEvery
        let plain = assembly.node(label: label)
        let vocabulary = UnitNode(
            kind: plain.kind, arguments: plain.arguments, outputs: plain.outputs, label: label, part: "vocabulary")

        let shards = split.wiring.members["training.shards"] ?? []
        let nodes = shards.indices.map { index in
            var members = split.wiring.members.filter { $0.key.hasSuffix(".selection") }
            members["training.shards"] = [shards[index]]
            let kind = TokenizeKind()
            kind.split = EpisodeSplit(wiring: Wiring(members: members, call: split.wiring.call))
            kind.text = text
            kind.images = images
            kind.actions = actions
            kind.sensors = sensors
            kind.observeEvery = observeEvery
            kind.textWeight = textWeight
            kind.imageWeight = imageWeight
            kind.actionWeight = actionWeight
            kind.sensorWeight = sensorWeight
            kind.shard = index
            return kind.node(label: label)
        }
        var members: [String: [PortReference]] = [:]
        for part in Self.parts {
            members["\(part).shards"] = nodes.map { PortReference(node: $0, output: "\(part).shards") }
            members["\(part).vocabulary"] = [PortReference(node: vocabulary, output: "vocabulary")]
        }
        return TokenSplit(wiring: Wiring(members: members, call: UnitCall(label: label, nodes: [vocabulary] + nodes)))
    }

    public func plan(_ draft: inout UnitDraft, _ context: PlanContext) throws {
        guard imageWeight + actionWeight + sensorWeight > 0 else {
            throw ArgumentError(
                argument: "actionWeight", message: "all loss weights of a step are zero; nothing could be learned")
        }
        // A compressed frame has about 500 bytes and becomes 40 tokens of 7.
        let bytes = context.parents["split.training.shards"]?.first?.estimate.bytesWritten ?? 1e7
        let frames: Double = bytes / 500
        draft.estimate = WorkEstimate(
            flops: frames * 3e6, bytesRead: bytes, bytesWritten: frames * 280, fixedSeconds: 0.1)
        draft.resources.memoryBytes = 300 << 20
    }

    public func run(_ context: UnitContext) throws {
        guard context.gang.rank == 0 else { return }
        let selections = try Self.parts.map { try EpisodeSelection.read(context.path("split.\($0).selection")) }
        let streams = selections[0].streams
        let tokenizers = try AssembleVocabularyKind.assemble(context, streams, observeEvery: observeEvery)
        let weights = LossWeights(text: textWeight, image: imageWeight, action: actionWeight, sensor: sensorWeight)
        let reader = try EpisodeShardReader(context.path("split.training.shards"))
        let records = selections.map { $0.episodes.filter { $0.shard == shard } }
        let total = records.reduce(0) { $0 + $1.count }
        var done = 0
        var tokens = 0
        for (part, records) in zip(Self.parts, records) {
            var writer = TokenShardWriter(vocabulary: tokenizers.vocabulary.digest)
            for record in records {
                guard context.stop == .none else { throw Interrupted() }
                let episode = try reader.episode(
                    record.id, withFrames: !tokenizers.vocabulary.streams.cameras.isEmpty
                ).labelled(as: record)
                let document = try tokenizers.document(try Self.timeline(episode, tokenizers), weights: weights)
                try writer.append(document)
                done += 1
                tokens += document.tokens.count
                context.reporter.progress(done, of: total, figures: ["tokens": Double(tokens)])
            }
            try writer.write(to: context.output("\(part).shards"))
        }
        context.reporter.log("\(total) episodes became \(tokens) tokens")
        context.reporter.figure("tokens", Double(tokens))
    }

    private static func timeline(_ episode: Episode, _ tokenizers: TokenizerSet) throws -> TimelineEpisode {
        let streams = tokenizers.vocabulary.streams
        return TimelineEpisode(
            id: episode.id, instruction: episode.instruction,
            frames: try streams.cameras.map { camera in
                guard let sequence = episode.cameras[camera.name], sequence.height == camera.height,
                    sequence.width == camera.width, sequence.channels == camera.channels
                else {
                    throw TokenizationError(
                        .badValue,
                        "episode '\(episode.id)' has no camera '\(camera.name)' of \(camera.height)×\(camera.width)×\(camera.channels)"
                    )
                }
                return sequence.pixels
            },
            sensors: try streams.sensors.map { sensor in
                guard let rows = episode.sensors[sensor.name], rows.columns == sensor.width else {
                    throw TokenizationError(
                        .badValue, "episode '\(episode.id)' has no sensor '\(sensor.name)' of width \(sensor.width)")
                }
                return rows.values
            }, actions: episode.actions.values)
    }
}

/// Lays episodes out as tokens; see ``TokenizeKind``.
public func Tokenize(
    _ split: EpisodeSplit, text: TextTokenizer, images: ImageTokenizer? = nil, actions: ActionTokenizer,
    sensors: SensorTokenizer? = nil, observeEvery: Int = 1, textWeight: Double = 0.5, imageWeight: Double = 1,
    actionWeight: Double = 2,
    sensorWeight: Double = 0.5
) -> TokenSplit {
    let kind = TokenizeKind()
    kind.split = split
    kind.text = text
    kind.images = images
    kind.actions = actions
    kind.sensors = sensors
    kind.observeEvery = observeEvery
    kind.textWeight = textWeight
    kind.imageWeight = imageWeight
    kind.actionWeight = actionWeight
    kind.sensorWeight = sensorWeight
    return kind.place()
}
