import Episodes
import Foundation
import Tokenization

/// Action chunks as frequencies: tokens of a held-out chunk and the error, beside one bin per number.
enum ChunkBench {
    static func run(pushT: String, aloha: String) throws {
        let push = try DemonstrationHeader.scan(pushT).episodes
        try table(
            "PushT 10x2", fitted: push.filter { $0.filterKeys.contains("train") },
            held: push.filter { $0.filterKeys.contains("test") }, steps: 10)
        let arms = try DemonstrationHeader.scan(aloha).episodes
        try table(
            "ALOHA 25x14", fitted: Array(arms.prefix(20)), held: Array(arms.dropFirst(20)), steps: 25)
    }

    private static func chunks(_ episodes: [EpisodeHeader], _ steps: Int) throws -> (chunks: [[Float]], width: Int) {
        let reader = StreamReader()
        var chunks: [[Float]] = []
        var width = 1
        for episode in episodes {
            guard let actions = episode.actions else { continue }
            width = actions.width
            let values = try reader.numbers(actions)
            for start in stride(from: 0, through: episode.length - steps, by: steps) {
                chunks.append(Array(values[start * width..<(start + steps) * width]))
            }
        }
        return (chunks, width)
    }

    private static func table(
        _ name: String, fitted: [EpisodeHeader], held: [EpisodeHeader], steps: Int
    ) throws {
        let (training, width) = try chunks(fitted, steps)
        let (test, _) = try chunks(held, steps)
        for scale in [5.0, 10, 20] {
            let tokenizer = try FrequencyActionTokenizer(
                fitting: training, stream: "actions", names: (0..<width).map { "a\($0)" }, chunk: steps, scale: scale)
            let (error, tokens) = try tokenizer.measured(on: test)
            TokenBench.figure("\(name) scale \(Int(scale)), tokens of \(steps * width)", tokens, "")
            TokenBench.figure("\(name) scale \(Int(scale)), mean square error", error, "")
        }
    }
}
