import Determinism
import Foundation
import TestSupport
import Testing
import Tokenization

@Suite("Shared vocabulary and timeline")
struct TokenizerSetTests {
    static func sample(seed: UInt64 = 1, bins: Int = 16) throws -> TokenizerSet {
        var words = RandomField(seed: seed, purpose: RandomPurpose("test.set")).stream()
        let codebook = (0..<8 * 4 * 4 * 3).map { _ in Float(2 * words.unit() - 1) }
        return try TokenizerSet(
            text: ByteLevelBPE.train(on: ["push the block", "push the block"], vocabularySize: 262),
            images: VQImageTokenizer(patch: 4, channels: 3, codebook: codebook),
            actions: .bins(
                ScalarQuantizer(stream: "actions", names: ["x", "y"], low: [-1, -2], high: [1, 2], bins: bins)),
            sensors: ScalarTokenizer(streams: [
                ScalarQuantizer(stream: "pose", names: ["a", "b", "c"], low: [0, 0, 0], high: [1, 1, 5], bins: 32),
                ScalarQuantizer(stream: "touch", names: ["t"], low: [0], high: [9], bins: 32),
            ]), cameras: [("front", 8, 12, 3), ("wrist", 4, 4, 3)])
    }

    static func episode(_ steps: Int, id: String = "demo_0") -> TimelineEpisode {
        var words = RandomField(seed: 4, purpose: RandomPurpose("test.episode")).stream()
        func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(words.index(below: 256)) } }
        func floats(_ count: Int) -> [Float] { (0..<count).map { _ in Float(words.unit()) } }
        return TimelineEpisode(
            id: id, instruction: "push the block", frames: [bytes(steps * 288), bytes(steps * 48)],
            sensors: [floats(steps * 3), floats(steps)], actions: floats(steps * 2))
    }

    @Test func `blocks follow each other without gaps and every id has one modality`() throws {
        let vocabulary = try Self.sample().vocabulary
        #expect(vocabulary.blocks.map(\.modality) == [.special, .text, .image, .action, .sensor])
        #expect(vocabulary.count == 4 + vocabulary.block(.text).count + 8 + 16 + 32)
        var next = 0
        for block in vocabulary.blocks {
            #expect(block.first == next)
            for id in block.range { #expect(vocabulary.modality(of: Int32(id)) == block.modality) }
            next = block.range.upperBound
        }
        #expect(vocabulary.modality(of: Int32(next)) == nil && vocabulary.modality(of: -1) == nil)
    }

    @Test func `the blocks of the documentation's example are these`() {
        let vocabulary = SharedVocabulary(
            textCount: 258, imageCodes: 512, actionIds: 256, sensorBins: 256,
            streams: TokenStreams(cameras: [], sensors: [], actionNames: ["x"]), files: [:])
        #expect(vocabulary.blocks.map(\.range) == [0..<4, 4..<262, 262..<774, 774..<1030, 1030..<1286])
        let camera = TokenStreams.Camera(name: "c", height: 96, width: 96, channels: 3, patch: 16)
        #expect(camera.tokenCount == 36 && camera.rows == 6)
    }

    @Test func `a document is the header, whole steps and an end`() throws {
        let set = try Self.sample()
        let episode = Self.episode(3)
        let document = try set.document(episode)
        let streams = set.vocabulary.streams
        #expect(streams.tokensPerStep == 6 + 1 + 3 + 1 + 2)
        #expect(Array(document.tokens[..<document.headerCount]) == set.header(instruction: "push the block"))
        #expect(document.tokens.count == document.headerCount + 3 * streams.tokensPerStep + 1)
        #expect(document.tokens.last == set.vocabulary.id(.eos))
        #expect(document.stepStarts == (0..<3).map { document.headerCount + $0 * streams.tokensPerStep })
        for (token, modality) in zip(document.tokens, document.modalities) {
            #expect(set.vocabulary.modality(of: token)?.rawValue == modality)
        }
        for step in 0..<3 {
            let tokens = Array(document.tokens[document.stepRange(step)])
            #expect(tokens.count == streams.tokensPerStep)
            let observation = Observation(
                frames: [
                    "front": ImageFrame(
                        height: 8, width: 12, channels: 3,
                        pixels: Array(episode.frames[0][step * 288..<(step + 1) * 288])),
                    "wrist": ImageFrame(
                        height: 4, width: 4, channels: 3, pixels: Array(episode.frames[1][step * 48..<(step + 1) * 48])),
                ],
                sensors: [
                    "pose": Array(episode.sensors[0][step * 3..<step * 3 + 3]), "touch": [episode.sensors[1][step]],
                ])
            #expect(try set.encode(observation) == Array(tokens[..<streams.observationTokenCount]))
            let actions = try set.decodeActions(Array(tokens[streams.observationTokenCount...]))
            #expect(abs(actions[0] - episode.actions[2 * step]) <= 1.0 / 16 + 1e-6)
            let frame = try set.decodeFrame(Array(tokens[streams.imageRange(1)]), camera: 1)
            #expect(try set.encode(frames: frame.pixels, camera: 1) == Array(tokens[streams.imageRange(1)]))
            let pose = try set.decodeSensor(Array(tokens[streams.sensorRange(0)]), index: 0)
            #expect(pose.count == 3 && abs(pose[2] - min(5, episode.sensors[0][3 * step + 2])) <= 2.5 / 32 + 1e-6)
        }
        #expect(try set.decodeText(Array(document.tokens[1..<document.headerCount - 1])) == "push the block")
    }

    /// The sample's streams with several recorded steps in a step of the timeline.
    static func chunked(frequencies: Bool, chunk: Int = 3) throws -> TokenizerSet {
        let plain = try sample()
        let episode = self.episode(60)
        let chunks = (0..<60 - chunk).map { Array(episode.actions[2 * $0..<2 * ($0 + chunk)]) }
        let coder: ActionCoder =
            frequencies
            ? .frequencies(
                try FrequencyActionTokenizer(
                    fitting: chunks, stream: "actions", names: ["x", "y"], chunk: chunk, scale: 8))
            : plain.actions
        return try TokenizerSet(
            text: plain.text, images: plain.images, actions: coder,
            sensors: ScalarTokenizer(streams: plain.sensors), cameras: [("front", 8, 12, 3), ("wrist", 4, 4, 3)],
            observeEvery: frequencies ? 1 : chunk)
    }

    @Test("a step can hold the observation of one recorded step and the actions of several", arguments: [true, false])
    func chunkedDocument(frequencies: Bool) throws {
        let set = try Self.chunked(frequencies: frequencies)
        let streams = set.vocabulary.streams
        #expect(streams.chunk == 3 && streams.tokensPerStep == streams.observationTokenCount + 6)
        #expect(set.vocabulary.digest != (try Self.sample()).vocabulary.digest)
        let episode = Self.episode(8)
        let document = try set.document(episode)
        // Eight recorded steps: two chunks and a rest of two.
        #expect(document.stepStarts.count == 3 && document.recordedSteps == 8 && document.chunk == 3)
        #expect((0..<3).map { document.actions(ofStep: $0).count } == [6, 6, 4])
        #expect((0..<3).flatMap { document.actions(ofStep: $0) } == episode.actions)
        let whole = try Self.sample().document(episode)
        for step in 0..<3 {
            let tokens = Array(document.tokens[document.stepRange(step)])
            // The observation is that of the first recorded step.
            let seen = tokens[..<streams.observationTokenCount]
            let first = whole.tokens[whole.stepRange(3 * step)].prefix(streams.observationTokenCount)
            #expect(seen.prefix(7) == first.prefix(7))
            let actions = try set.decodeActions(Array(tokens[streams.observationTokenCount...]))
            #expect(actions.count == 6)
            let bound = frequencies ? 0.25 : 1.0 / 8
            for (place, value) in document.actions(ofStep: step).enumerated() {
                #expect(abs(Double(actions[place] - value)) < bound)
            }
            if frequencies {
                #expect(throws: TokenizationError.self) {
                    try set.decodeActions(Array(tokens[streams.observationTokenCount...].dropLast()))
                }
            }
            // Weights of a step add up to its tokens.
            let weights = document.stepRange(step).reduce(0.0) { $0 + Double(document.weights[$1]) / 256 }
            #expect(abs(weights - Double(tokens.count)) < 0.3)
        }
        let folder = try TemporaryDirectory()
        try set.write(to: folder.path + "/set")
        #expect(try TokenizerSet.open(folder.path + "/set").document(episode) == document)
        var writer = TokenShardWriter(vocabulary: set.vocabulary.digest)
        try writer.append(document)
        try writer.append(try set.document(Self.episode(1, id: "short")))
        try writer.write(to: folder.path + "/shard")
        #expect(try TokenShardReader(folder.path + "/shard").document(0) == document)
    }

    @Test func `an observation every few steps must be the chunk's`() throws {
        let set = try Self.chunked(frequencies: true)
        let error = #expect(throws: TokenizationError.self) {
            try TokenizerSet(
                text: set.text, images: nil, actions: set.actions, sensors: nil, cameras: [], observeEvery: 2)
        }
        #expect(error?.message.contains("chunks of 3 steps") == true)
        #expect(throws: TokenizationError.self) { try set.encode(actions: [1, 2, 3]) }
        #expect(throws: TokenizationError.self) { try set.encode(actions: [Float](repeating: 0, count: 8)) }
        #expect(throws: TokenizationError.self) { try set.encode(actions: []) }
    }

    @Test func `weights make modalities count by their shares, whatever their number of tokens`() throws {
        let streams = TokenStreams(
            cameras: [.init(name: "c", height: 96, width: 96, channels: 3, patch: 8)], sensors: [],
            actionNames: ["x", "y"])
        let weight = LossWeights(text: 0, image: 1, action: 2).perToken(streams, textTokens: 9)
        let image = Double(weight.image) * 144
        let action = Double(weight.action) * 2
        #expect(abs(action / image - 2) < 0.02)
        #expect(abs((image + action) / 256 - 146) < 1)
        #expect(weight.text == 0 && weight.sensor == 0)
        // Only images: a plain mean.
        #expect(
            LossWeights(text: 1, image: 3, action: 0).perToken(streams, textTokens: 0).image
                == UInt16((256.0 * 146 / 144).rounded()))
    }

    @Test func `folders are read back, and one altered file is refused by name`() throws {
        let folder = try TemporaryDirectory()
        let set = try Self.sample()
        try set.write(to: folder.path)
        let read = try TokenizerSet.open(folder.path)
        #expect(read.vocabulary == set.vocabulary)
        #expect(try read.document(Self.episode(2)) == set.document(Self.episode(2)))
        for name in [
            "text/tokenizer.json", "images/codebook.bin", "images/image.json", "actions/bins.json", "sensors/bins.json",
        ] {
            let url = URL(fileURLWithPath: folder.path + "/" + name)
            let good = try Data(contentsOf: url)
            var bad = good
            bad[bad.count / 2] ^= 1
            try bad.write(to: url)
            let error = #expect(throws: TokenizationError.self) { try TokenizerSet.open(folder.path) }
            #expect(error?.message.contains(name) == true)
            try FileManager.default.removeItem(at: url)
            #expect(throws: TokenizationError.self) { try TokenizerSet.open(folder.path) }
            try good.write(to: url)
        }
        let url = URL(fileURLWithPath: folder.path + "/vocabulary.json")
        let text = try String(contentsOf: url, encoding: .utf8)
        try text.replacingOccurrences(of: "\"front\"", with: "\"frint\"").write(
            to: url, atomically: true, encoding: .utf8)
        #expect(throws: TokenizationError.self) { try TokenizerSet.open(folder.path) }
    }

    @Test func `other bins are another vocabulary, which is refused`() throws {
        let one = try Self.sample()
        let two = try Self.sample(bins: 17)
        let other = try Self.sample(seed: 2)
        #expect(one.vocabulary.digest != two.vocabulary.digest && one.vocabulary.digest != other.vocabulary.digest)
        #expect(throws: TokenizationError.self) {
            try one.vocabulary.requireSame(two.vocabulary.digest, as: "checkpoint")
        }
        try one.vocabulary.requireSame(try Self.sample().vocabulary.digest, as: "checkpoint")
    }

    @Test func `wrong shapes and foreign ids are refused by name`() throws {
        let set = try Self.sample()
        var episode = Self.episode(2, id: "demo_77")
        episode.sensors[1].removeLast()
        let error = #expect(throws: TokenizationError.self) { try set.document(episode) }
        #expect(error?.message.contains("demo_77") == true)
        #expect(throws: TokenizationError.self) { try set.document(Self.episode(0)) }
        #expect(throws: TokenizationError.self) { try set.decodeActions([0, 1]) }
        #expect(throws: TokenizationError.self) { try set.decodeFrame([1, 2, 3]) }
        #expect(throws: TokenizationError.self) { try set.encode(Observation(frames: [:])) }
        #expect(throws: TokenizationError.self) {
            try set.encode(
                Observation(frames: ["front": ImageFrame(height: 1, width: 1, channels: 3, pixels: [0, 0, 0])]))
        }
    }

    @Test(
        "the exported tokenizer.json gives ids of the shared vocabulary",
        .enabled(if: PeerPython.has("tokenizers"), "no Python with the tokenizers package"))
    func exportedTokenizer() throws {
        let folder = try TemporaryDirectory()
        let set = try Self.sample()
        let path = folder.path + "/tokenizer.json"
        try Data(try set.sharedTextTokenizer()).write(to: URL(fileURLWithPath: path))
        let script = """
            import sys, json
            from tokenizers import Tokenizer
            t = Tokenizer.from_file(sys.argv[1])
            assert t.get_vocab_size() == int(sys.argv[2]), t.get_vocab_size()
            print(json.dumps(t.encode("<bos>push the block<steps><image_3><action_15><sensor_0>").ids))
            """
        let (status, output) = try PeerPython.run(script, [path, "\(set.vocabulary.count)"])
        #expect(status == 0)
        let ids = try JSONDecoder().decode([Int32].self, from: Data(output.utf8))
        #expect(
            ids == set.header(instruction: "push the block") + [
                set.vocabulary.id(3, in: .image), set.vocabulary.id(15, in: .action), set.vocabulary.id(0, in: .sensor),
            ])
    }
}
