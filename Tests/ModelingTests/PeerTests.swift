import Foundation
import Kernels
import Modeling
import TestSupport
import Testing

@Suite("Transformer against PyTorch")
struct PeerTests {
    static let script = """
        import json, sys, numpy as np, torch
        from transformers import LlamaConfig, LlamaForCausalLM
        folder = sys.argv[1]
        spec = json.load(open(folder + "/spec.json"))
        c = spec["configuration"]
        torch.set_num_threads(1)
        model = LlamaForCausalLM(LlamaConfig(
            vocab_size=c["vocabularySize"], hidden_size=c["width"], num_hidden_layers=c["layers"],
            num_attention_heads=c["heads"], num_key_value_heads=c["keyValueHeads"], intermediate_size=c["hiddenWidth"],
            max_position_embeddings=c["context"], rope_theta=c["ropeBase"], rms_norm_eps=c["normEpsilon"],
            tie_word_embeddings=c["tiedHead"], attention_bias=False, mlp_bias=False, attn_implementation="eager"))
        flat = torch.from_numpy(np.fromfile(folder + "/weights.bin", dtype="<f4"))
        state = {t["name"]: flat[t["offset"]:t["offset"] + int(np.prod(t["shape"]))].reshape(t["shape"]) for t in spec["tensors"]}
        missing, unexpected = model.load_state_dict(state, strict=False)
        assert not unexpected and set(missing) <= {"lm_head.weight"}, (missing, unexpected)
        model.tie_weights()
        b, t = spec["sequences"], spec["length"]
        inputs = torch.tensor(spec["inputs"]).reshape(b, t)
        targets = torch.tensor(spec["targets"]).reshape(-1)
        weights = torch.tensor(spec["weights"], dtype=torch.float32)
        # Documents of their own: a mask of blocks and positions that count from each block's beginning.
        place = torch.arange(b * t)
        starts = torch.tensor(spec["starts"])
        document = (place[:, None] >= starts).sum(1) - 1
        positions = (place - starts[document]).reshape(b, t)
        document = document.reshape(b, t)
        seen = (document[:, :, None] == document[:, None, :]) & torch.ones(t, t, dtype=torch.bool).tril()
        mask = torch.zeros(b, 1, t, t).masked_fill(~seen[:, None], torch.finfo(torch.float32).min)
        logits = model(inputs, attention_mask=mask, position_ids=positions).logits
        nll = torch.nn.functional.cross_entropy(logits.reshape(b * t, -1), targets, ignore_index=-1, reduction="none")
        loss = (nll * weights).sum()
        loss.backward()
        params = dict(model.named_parameters())
        grads = np.concatenate([params[t["name"]].grad.reshape(-1).numpy() for t in spec["tensors"]])
        grads.astype("<f4").tofile(folder + "/gradient.bin")
        logits.detach().reshape(-1).numpy().astype("<f4").tofile(folder + "/logits.bin")
        print(json.dumps({"loss": loss.item()}))
        """

    struct Specification: Encodable {
        let configuration: TransformerConfiguration
        let tensors: [ParameterTensor]
        let sequences, length: Int
        let inputs, targets, weights: [Int32]
        /// Where documents begin, those of sequences among them.
        let starts: [Int]
    }

    static func floats(_ path: String) throws -> [Float] {
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        return stride(from: 0, to: data.count, by: 4).map { at in
            Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(data[at + $1]) << UInt32(8 * $1) })
        }
    }

    static func distance(_ a: some Collection<Float>, _ b: some Collection<Float>) -> Double {
        var (error, norm) = (0.0, 0.0)
        for (x, y) in zip(a, b) {
            error += (Double(x) - Double(y)) * (Double(x) - Double(y))
            norm += Double(y) * Double(y)
        }
        return (error / norm).squareRoot()
    }

    @Test(
        "logits, loss and gradients agree with transformers' Llama to 1e-4",
        .enabled(
            if: PeerPython.has("torch", "transformers"), "no Python with torch and transformers; set ORCHESTRATE_PEERS"),
        arguments: [(true, []), (false, []), (true, [0, 17, 50, 53, 79])] as [(Bool, [Int])])
    func llama(tied: Bool, starts: [Int]) throws {
        let c = TransformerConfiguration(
            vocabularySize: 97, width: 64, layers: 3, heads: 4, keyValueHeads: 2, hiddenWidth: 96, context: 64,
            tiedHead: tied)
        var leaf = Samples.leaf(c, sequences: 2, length: 50, seed: 21)
        leaf.documentStarts = starts
        let weights = Samples.weights(c, seed: 22)
        // Smaller matrices, as a model has them.
        for tensor in ParameterLayout(c).tensors where tensor.shape.count == 2 {
            for i in tensor.range { weights[i] *= 0.4 }
        }
        let transformer = try Transformer(c)
        let folder = try TemporaryDirectory()
        let specification = Specification(
            configuration: c, tensors: transformer.layout.tensors, sequences: 2, length: 50, inputs: leaf.inputs,
            targets: leaf.targets, weights: leaf.weights, starts: starts.isEmpty ? [0, 50] : starts)
        try JSONEncoder().encode(specification).write(to: URL(fileURLWithPath: folder.path + "/spec.json"))
        try weights.withUnsafeBytes { try Data($0).write(to: URL(fileURLWithPath: folder.path + "/weights.bin")) }
        let (status, output) = try PeerPython.run(Self.script, [folder.path])
        #expect(status == 0, "\(output)")
        let gradient = FloatBuffer(count: weights.count)
        let loss = try transformer.gradient(of: leaf, weights: weights, into: gradient)
        let peer = try JSONDecoder().decode([String: Double].self, from: Data(output.utf8))
        #expect(abs(loss.weightedSum / (peer["loss"] ?? 0) - 1) < 1e-4)
        let peerGradient = try Self.floats(folder.path + "/gradient.bin")
        for tensor in transformer.layout.tensors {
            let far = Self.distance(gradient[tensor.range].array, peerGradient[tensor.range])
            #expect(far < 1e-4, "\(tensor.name): \(far)")
        }
        let peerLogits = try Self.floats(folder.path + "/logits.bin")
        for s in 0..<2 {
            let own = starts.filter { s * 50..<(s + 1) * 50 ~= $0 }.map { $0 - s * 50 }
            let logits = try transformer.logits(
                tokens: Array(leaf.inputs[s * 50..<(s + 1) * 50]), documentStarts: own, weights: weights)
            #expect(Self.distance(logits.array, peerLogits[s * 50 * 97..<(s + 1) * 50 * 97]) < 1e-4)
        }
    }
}
