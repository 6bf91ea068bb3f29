import Determinism
import DurableFiles

/// The tokenizers of every modality under one shared vocabulary.
///
/// Kept in a folder: `vocabulary.json`, `text/tokenizer.json`, `images/image.json` and `codebook.bin`, `actions/bins.json` or
/// `actions/fast.json`, `sensors/bins.json`. The vocabulary names every file's SHA-256.
public struct TokenizerSet: Sendable {
    static let vocabularyName = "vocabulary.json"

    public let vocabulary: SharedVocabulary
    public let text: ByteLevelBPE
    /// `nil` when pictures are not tokenized.
    public let images: VQImageTokenizer?
    public let actions: ActionCoder
    /// Empty when sensors are not tokenized.
    public let sensors: [ScalarQuantizer]

    /// Assembles a vocabulary from tokenizers.
    ///
    /// - Parameters:
    ///   - cameras: the cameras to tokenize, in timeline order; ignored without `images`.
    ///   - observeEvery: how many recorded steps a step of the timeline holds; with actions as frequencies the steps of their chunk,
    ///     and 1 stands for them.
    /// - Throws: ``TokenizationError`` when a camera does not fit the image tokenizer, or `observeEvery` the actions' chunk.
    public init(
        text: ByteLevelBPE, images: VQImageTokenizer?, actions: ActionCoder, sensors: ScalarTokenizer?,
        cameras: [(name: String, height: Int, width: Int, channels: Int)], observeEvery: Int = 1
    ) throws {
        let chunk = try Self.chunk(actions, observeEvery: observeEvery)
        var files = try text.files().digests(in: "text")
        files.merge(try actions.files().digests(in: "actions")) { first, _ in first }
        if let images { files.merge(try images.files().digests(in: "images")) { first, _ in first } }
        if let sensors { files.merge(try sensors.files().digests(in: "sensors")) { first, _ in first } }
        var cameraStreams: [TokenStreams.Camera] = []
        if let images {
            for camera in cameras {
                guard camera.channels == images.channels else {
                    throw TokenizationError(
                        .badValue,
                        "camera '\(camera.name)' has \(camera.channels) channels, the image tokenizer was fitted to \(images.channels)"
                    )
                }
                cameraStreams.append(
                    TokenStreams.Camera(
                        name: camera.name, height: camera.height, width: camera.width, channels: camera.channels,
                        patch: images.patch))
            }
        }
        let streams = TokenStreams(
            cameras: cameraStreams,
            sensors: (sensors?.streams ?? []).map { TokenStreams.Sensor(name: $0.stream, width: $0.width) },
            actionNames: actions.names, actionChunk: chunk)
        self.init(
            vocabulary: SharedVocabulary(
                textCount: text.count, imageCodes: images?.codeCount ?? 0, actionIds: actions.count,
                sensorBins: sensors?.bins ?? 0, streams: streams, files: files),
            text: text, images: images, actions: actions, sensors: sensors?.streams ?? [])
    }

    private init(
        vocabulary: SharedVocabulary, text: ByteLevelBPE, images: VQImageTokenizer?, actions: ActionCoder,
        sensors: [ScalarQuantizer]
    ) {
        self.vocabulary = vocabulary
        self.text = text
        self.images = images
        self.actions = actions
        self.sensors = sensors
    }

    /// Ids that stand for numbers in order, so that neighbours are alike: bins, and single coefficients of frequencies.
    public var ordinalBlocks: [Range<Int>] {
        let action = vocabulary.block(.action)
        let sensor = vocabulary.block(.sensor)
        return [action.first..<action.first + actions.ordinalCount, sensor.range]
    }

    private static func chunk(_ actions: ActionCoder, observeEvery: Int) throws -> TokenStreams.ActionChunk? {
        switch actions {
        case .bins:
            guard observeEvery > 0 else {
                throw TokenizationError(.badValue, "an observation every \(observeEvery) steps; it must be 1 or more")
            }
            return observeEvery == 1 ? nil : TokenStreams.ActionChunk(steps: observeEvery, frequencies: false)
        case .frequencies(let tokenizer):
            guard observeEvery == 1 || observeEvery == tokenizer.chunk else {
                throw TokenizationError(
                    .badValue,
                    "the action tokenizer has chunks of \(tokenizer.chunk) steps, so an observation stands every \(tokenizer.chunk) steps and not every \(observeEvery); leave observeEvery out"
                )
            }
            return TokenStreams.ActionChunk(steps: tokenizer.chunk, frequencies: true)
        }
    }

    /// Opens a folder that ``write(to:)`` wrote and checks every file's digest.
    ///
    /// - Throws: ``TokenizationError`` for a missing, damaged or inconsistent folder.
    public static func open(_ folder: String) throws -> TokenizerSet {
        let vocabulary = try SharedVocabulary.read(folder + "/" + vocabularyName)
        for (name, digest) in vocabulary.files.sorted(by: { $0.key < $1.key }) {
            guard Digest(of: try FileBytes.read(folder + "/" + name)) == digest else {
                throw TokenizationError.damaged(folder + "/" + name, "its SHA-256 is not the one in \(vocabularyName)")
            }
        }
        func has(_ part: String) -> Bool { vocabulary.files.keys.contains { $0.hasPrefix(part + "/") } }
        let text = try ByteLevelBPE.read(folder + "/text")
        let images = has("images") ? try VQImageTokenizer.read(folder + "/images") : nil
        let actions = try ActionCoder.read(folder + "/actions")
        let sensors = has("sensors") ? try ScalarTokenizer.read(folder + "/sensors") : nil
        let set = try TokenizerSet(
            text: text, images: images, actions: actions, sensors: sensors,
            cameras: vocabulary.streams.cameras.map { ($0.name, $0.height, $0.width, $0.channels) },
            observeEvery: vocabulary.streams.chunk)
        guard set.vocabulary == vocabulary else {
            throw TokenizationError.damaged(
                folder + "/" + vocabularyName, "it does not describe the tokenizers beside it")
        }
        return set
    }

    /// Writes the vocabulary and every tokenizer into `folder`, which is created.
    public func write(to folder: String) throws {
        try DurableFiles.createDirectory(folder)
        try text.files().write(to: folder + "/text")
        try images?.files().write(to: folder + "/images")
        try actions.files().write(to: folder + "/actions")
        if !sensors.isEmpty { try ScalarTokenizer(streams: sensors).files().write(to: folder + "/sensors") }
        try DurableFiles.write(try StableJSON.encode(vocabulary), to: folder + "/" + Self.vocabularyName)
    }
}
