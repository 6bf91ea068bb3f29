import Determinism
import DurableFiles
import Episodes
import Foundation
import HDF5
import Inspection
import Kernels
import Modeling
import Pictures
import TestSupport
import Testing
import Tokenization
import Training

@Suite("Inspecting artifacts")
struct ArtifactTests {
    private let directory: TemporaryDirectory
    private var folder: String { directory.path + "/thing" }

    init() throws { directory = try TemporaryDirectory() }

    private func inspect<Thing: InspectedThing>(_ path: String, as type: Thing.Type) throws -> Thing {
        let thing = try #require(try Inspector.inspect(InspectedPlace(path)) as? Thing)
        #expect(!thing.lines.isEmpty)
        // Everything that is found out is JSON.
        let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(thing)) as? [String: Any]
        #expect(object?.isEmpty == false)
        return thing
    }

    private func write(_ text: String, _ name: String) throws {
        try DurableFiles.createDirectory(folder)
        try DurableFiles.write(text, to: folder + "/" + name)
    }

    private func weights(_ tensors: [(String, [Int], [Float])]) throws -> [UInt8] {
        try SafetensorsFile.encode(
            tensors.map { name, shape, values in
                let buffer = FloatBuffer(count: values.count)
                for (place, value) in values.enumerated() { buffer[place] = value }
                return SafetensorsFile.Tensor(name: name, shape: shape, values: buffer.all)
            }, metadata: ["format": "pt"])
    }

    @Test("an episode shard is its streams and its table")
    func episodeShard() throws {
        let source = Fixtures.path("missing_camera.hdf5")
        let header = try DemonstrationHeader.scan(source)
        let builder = EpisodeShardBuilder(
            header: header, streams: try StreamChoice().schema(of: header).streams, dropsDamaged: true)
        try builder.write(shard: 0, of: 1, to: folder)
        let shard = try inspect(folder, as: EpisodeShardInspection.self)
        #expect(shard.episodes == 6)
        #expect(shard.dropped.map(\.reason) == ["missingStream"])
        #expect(shard.streams.demonstrations?.summary.episodes == 6)
        #expect(try shard.contactSheet(of: InspectedPlace(folder))?.rows.count == 6)
    }

    @Test("a selection tells lengths, flags and what was dropped")
    func selection() throws {
        let streams = StreamSchema(cameras: [], sensors: [VectorStream(name: "arm", width: 7)], actionWidth: 2)
        var selection = EpisodeSelection(
            streams: streams,
            episodes: [3, 5, 9, 9].enumerated().map {
                EpisodeRecord(id: "demo_\($0)", shard: $0 / 2, length: $1, bytes: 1, instruction: "lift")
            }, dropped: [DroppedEpisode(id: "demo_9", reason: "tooShort", detail: "1 step")])
        selection.episodes[1].flags = ["jerk"]
        let path = directory.path + "/selection"
        try selection.write(to: path)
        let found = try inspect(path, as: SelectionInspection.self)
        #expect(found.summary.steps == 26)
        #expect(found.summary.lengths?.median == 7)
        #expect(found.shards == 2)
        #expect(found.flags.map(\.name) == ["jerk"] && found.flags.map(\.episodes) == [1])
        #expect(found.lines.contains { $0.contains("demo_9  1 step") })
    }

    @Test("a token shard tells documents, tokens by modality and how the first document begins")
    func tokenShard() throws {
        var writer = TokenShardWriter(vocabulary: Digest(of: "v"))
        for number in 0..<3 {
            try writer.append(
                TokenDocument(
                    id: "demo_\(number)", tokens: [1, 40, 41, 3, 100, 101, 200, 100, 102, 201, 2],
                    weights: [UInt16](repeating: 128, count: 11), modalities: [0, 1, 1, 0, 2, 2, 3, 2, 2, 3, 0],
                    headerCount: 4, stepStarts: [4, 7],
                    actions: [0.5, -0.5]))
        }
        try writer.write(to: folder)
        let shard = try inspect(folder, as: TokenShardInspection.self)
        #expect(shard.documents == 3 && shard.tokens == 33 && shard.steps == 6)
        #expect(shard.tokensByModality["image"] == 12)
        #expect(shard.actionWidth == 1)
        #expect(shard.excerpt.map(\.modality) == ["special", "text", "special", "image", "action"])
        #expect(shard.excerpt[3].tokens == [100, 101] && shard.excerpt[3].weight == 0.5)
    }

    @Test("a token shard with an altered byte is refused")
    func alteredTokens() throws {
        try tokenShard()
        var bytes = try DurableFiles.read(folder + "/tokens.bin")
        bytes[70] ^= 1
        try DurableFiles.write(bytes, to: folder + "/tokens.bin")
        let error = #expect(throws: TokenizationError.self) { try Inspector.inspect(InspectedPlace(folder)) }
        #expect(error?.exitCode == 65)
    }

    @Test("a text tokenizer, as folder and as file, tells ids and longest words")
    func textTokenizer() throws {
        let tokenizer = try ByteLevelBPE.train(
            on: [String](repeating: "push the block", count: 5), vocabularySize: 300, specialTokens: ["<end>"])
        try tokenizer.write(to: folder)
        for path in [folder, folder + "/tokenizer.json"] {
            let found = try inspect(path, as: TextTokenizerInspection.self)
            #expect(found.ids == tokenizer.count)
            #expect(found.specialTokens == ["<end>"])
            #expect(found.longest.contains(" block"))
        }
    }

    @Test("an image tokenizer shows its codebook, each code in its place")
    func imageTokenizer() throws {
        // Code k is of one gray, 4 k.
        let codebook = (0..<40).flatMap { code in [Float](repeating: (4 * Float(code) - 128) / 128, count: 8 * 8 * 3) }
        try VQImageTokenizer(patch: 8, channels: 3, codebook: codebook).write(to: folder)
        let found = try inspect(folder, as: ImageTokenizerInspection.self)
        #expect(found.codes == 40 && found.patch == 8 && !found.hasDecoder)
        let image = try #require(try found.contactSheet(of: InspectedPlace(folder))).image()
        #expect(image.width == 2 + 32 * (24 + 2))
        #expect(image[2 + 5, 14 + 5].red == 0)
        #expect(image[2 + 26 * 3 + 5, 14 + 5].red == 12)
        #expect(image[2 + 26 * 7 + 5, 14 + 38 + 5].red == 4 * 39)
    }

    @Test("bins are told with their bounds")
    func scalarTokenizer() throws {
        let quantizer = try ScalarQuantizer(
            stream: "actions", names: ["x", "grip"], low: [-1, 0], high: [1, 4], bins: 8)
        try ScalarTokenizer(streams: [quantizer]).write(to: folder)
        let found = try inspect(folder, as: ScalarTokenizerInspection.self)
        #expect(found.streams == [quantizer])
        #expect(found.lines.last?.split(separator: " ") == ["actions", "grip", "8", "0", "4", "0.5"])
        #expect(try found.contactSheet(of: InspectedPlace(folder)) == nil)
    }

    @Test("a tokenizer of action chunks is told with its chunk, and so is a vocabulary that holds it")
    func frequencyTokenizer() throws {
        let chunks = (0..<40).map { chunk in (0..<8).map { Float(($0 * chunk) % 7) } }
        let tokenizer = try FrequencyActionTokenizer(
            fitting: chunks, stream: "actions", names: ["x", "grip"], chunk: 4, scale: 3)
        try ActionCoder.frequencies(tokenizer).write(to: folder)
        let found = try inspect(folder, as: FrequencyTokenizerInspection.self)
        #expect(found.chunk == 4 && found.ids == tokenizer.count && found.longest > 1)
        #expect(found.lines.contains { $0.contains("4 steps in 2 dimensions, 8 numbers") })
        let set = try TokenizerSet(
            text: ByteLevelBPE.train(on: ["push"], vocabularySize: 256), images: nil, actions: .frequencies(tokenizer),
            sensors: nil, cameras: [])
        try set.write(to: folder + "/vocabulary")
        let vocabulary = try inspect(folder + "/vocabulary", as: VocabularyInspection.self)
        #expect(vocabulary.actionChunks?.ids == tokenizer.count && vocabulary.scalars.streams.isEmpty)
        #expect(vocabulary.lines.contains { $0.contains("at most 8 of the action") })
    }

    @Test("a vocabulary tells blocks and the tokens of a step")
    func vocabulary() throws {
        let actions = ActionCoder.bins(
            try ScalarQuantizer(stream: "actions", names: ["x", "y"], low: [0, 0], high: [1, 1], bins: 16))
        let images = try VQImageTokenizer(patch: 8, channels: 3, codebook: [Float](repeating: 0, count: 4 * 192))
        let set = try TokenizerSet(
            text: ByteLevelBPE.train(on: ["push"], vocabularySize: 256), images: images, actions: actions, sensors: nil,
            cameras: [("front", 16, 16, 3)])
        try set.write(to: folder)
        let found = try inspect(folder, as: VocabularyInspection.self)
        #expect(found.size == 4 + 256 + 4 + 16)
        #expect(found.tokensPerStep == 6)
        #expect(found.digest == set.vocabulary.digest)
        #expect(try found.contactSheet(of: InspectedPlace(folder)) != nil)
    }

    /// A checkpoint folder as the format describes it.
    private func writeCheckpoint() throws {
        try DurableFiles.createDirectory(folder)
        let configuration = TransformerConfiguration(vocabularySize: 10, width: 4, layers: 1, heads: 2, context: 16)
        var files: [(String, [UInt8])] = [
            ("configuration.json", Array(try JSONEncoder().encode(configuration))),
            ("weights.safetensors", try weights([("a", [2, 2], [3, -4, 0, 0]), ("b", [1], [.nan])])),
        ]
        files.append(("metrics.jsonl", []))
        for (name, bytes) in files { try DurableFiles.write(bytes, to: folder + "/" + name) }
        let entries = files.map {
            "{\"path\":\"\($0)\",\"bytes\":\($1.count),\"sha256\":\"\(Digest(of: $1).hexDigits)\"}"
        }
        let digest = Digest(of: "x").hexDigits
        let manifest = """
            {"schema":"\(CheckpointManifest.currentSchema)","numericsVersion":1,"step":7,"cursor":112,
             "identity":"\(digest)","vocabulary":"\(digest)","stateHash":"00000000000000ff","seal":"\(digest)",
             "files":[\(entries.joined(separator: ","))]}
            """
        let sealed = try JSONDecoder().decode(CheckpointManifest.self, from: Data(manifest.utf8)).sealed()
        try DurableFiles.write(sealed, to: folder + "/manifest.json")
    }

    @Test("a checkpoint tells step, shape, tensors with range and norm, and that its digests are right")
    func checkpoint() throws {
        try writeCheckpoint()
        let found = try inspect(folder, as: CheckpointInspection.self)
        #expect(found.step == 7 && found.samples == 112 && found.parameters == 5)
        #expect(found.damage == nil)
        #expect(found.configuration?.width == 4)
        #expect(found.tensors.map(\.name) == ["a", "b"])
        #expect(found.tensors[0].values?.norm == 5)
        #expect(found.tensors[0].values?.least == -4)
        #expect(found.tensors[1].values?.notFinite == 1)
    }

    @Test("a checkpoint whose weights were altered is shown, with the file that is not what it was")
    func alteredCheckpoint() throws {
        try writeCheckpoint()
        var bytes = try DurableFiles.read(folder + "/weights.safetensors")
        bytes[bytes.count - 8] ^= 1
        try DurableFiles.write(bytes, to: folder + "/weights.safetensors")
        let found = try inspect(folder, as: CheckpointInspection.self)
        #expect(found.damage?.contains("weights.safetensors") == true)
        #expect(found.tensors.count == 2)
    }

    @Test("an exported folder tells its architecture and tensors")
    func export() throws {
        try write(
            "{\"architectures\":[\"LlamaForCausalLM\"],\"model_type\":\"llama\",\"hidden_size\":4}", "config.json")
        try DurableFiles.write(try weights([("w", [2], [1, 2])]), to: folder + "/model.safetensors")
        let found = try inspect(folder, as: ExportInspection.self)
        #expect(found.architecture == "LlamaForCausalLM")
        #expect(found.parameters == 2)
        #expect(found.configuration["hidden_size"] == "4")
    }

    @Test(
        "tensors of other types have the ranges that numpy computes",
        .enabled(if: PeerPython.has("numpy", "safetensors")))
    func tensorTypes() throws {
        let script = """
            import json, numpy, sys
            from safetensors.numpy import save_file
            random = numpy.random.default_rng(3)
            tensors = {t: (random.normal(size=(50, 7)) * 40).astype(t) for t in ["f2", "f4", "f8", "i1", "u1", "i2", "i4", "i8"]}
            tensors["f2"][0, 0] = 3e-7
            tensors["empty"] = numpy.zeros((0, 3), "f4")
            save_file(tensors, sys.argv[1])
            print(json.dumps({n: [float(t.min()), float(t.max()), float(t.astype("f8").mean())] for n, t in tensors.items() if t.size}))
            """
        let path = directory.path + "/tensors"
        let peer = try PeerPython.run(script, [path])
        let expected = try JSONDecoder().decode([String: [Double]].self, from: Data(peer.output.utf8))
        let found = try inspect(path, as: SafetensorsInspection.self)
        #expect(found.tensors.count == 9)
        for tensor in found.tensors {
            guard let numbers = expected[tensor.name] else {
                #expect(tensor.name == "empty" && tensor.values?.count == 0)
                continue
            }
            #expect(tensor.shape == [50, 7])
            #expect(tensor.values?.least == numbers[0])
            #expect(tensor.values?.greatest == numbers[1])
            #expect(abs(try #require(tensor.values?.mean) - numbers[2]) < 1e-9)
        }
    }

    @Test("a safetensors header that lies is refused", arguments: ["[0,400]", "[8,0]", "[0,4]", "[-4,4]"])
    func lyingHeader(offsets: String) throws {
        let header = Array("{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":\(offsets)}}".utf8)
        let path = directory.path + "/liar"
        try DurableFiles.write(
            [UInt8(header.count)] + [UInt8](repeating: 0, count: 7) + header + [UInt8](repeating: 0, count: 8), to: path
        )
        let error = #expect(throws: TrainingError.self) { try Inspector.inspect(InspectedPlace(path)) }
        #expect(error?.message.contains("'w'") == true)
    }

    @Test("a file that is not what its name says is refused with what is wrong in it")
    func misnamed() throws {
        try write("{\"loss\": [0.5,\n nothing]}", "broken.json")
        let json = #expect(throws: InspectionError.self) {
            try Inspector.inspect(InspectedPlace(folder + "/broken.json"))
        }
        #expect(json?.message.contains("not JSON: ") == true && json?.message.contains("character 17") == true)
        try write("0123456789", "broken.safetensors")
        let tensors = #expect(throws: TrainingError.self) {
            try Inspector.inspect(InspectedPlace(folder + "/broken.safetensors"))
        }
        #expect(tensors?.message.contains("header does not fit") == true)
    }

    @Test("figures are told by their paths; a folder of no kind lists its members with theirs")
    func figuresAndFolders() throws {
        try write("{\"loss\":0.5,\"by\":{\"action\":[1,2]},\"done\":true,\"name\":\"x\"}", "figures.json")
        try write("hello", "notes.txt")
        let figures = try inspect(folder + "/figures.json", as: FiguresInspection.self)
        #expect(figures.numbers == ["loss": 0.5, "by.action[0]": 1, "by.action[1]": 2])
        #expect(figures.texts == ["done": "true", "name": "x"])
        let members = try inspect(folder + "/", as: FolderInspection.self).members
        #expect(members.map(\.kind) == ["JSON file", ""])
    }
}
