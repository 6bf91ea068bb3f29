import Determinism
import Foundation
import TestSupport
import Testing
import Tokenization

@Suite("Damaged tokenizer files")
struct DamagedTokenizerTests {
    /// Damages one file of `folder` after another, many times, and calls `use` each time.
    private func damaging(_ folder: String, _ rounds: UInt64, use: () throws -> Void) throws -> (
        read: Int, refused: Int
    ) {
        var counts = (read: 0, refused: 0)
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
            let path = URL(fileURLWithPath: folder + "/" + name)
            let good = try Data(contentsOf: path)
            for seed in 0..<rounds {
                var damage = Damage(seed: seed, words: Damage.json)
                try Data(damage(Array(good))).write(to: path)
                do {
                    try use()
                    counts.read += 1
                } catch {
                    counts.refused += 1
                    #expect(error is any ExitCoded, "\(name), seed \(seed): \(error) says no exit code")
                }
            }
            try good.write(to: path)
        }
        return counts
    }

    @Test func `text: a damaged file is refused, or encodes and decodes`() throws {
        let folder = try TemporaryDirectory()
        try ByteLevelBPE.train(on: ["push the block to the left", "push it"], vocabularySize: 270).write(
            to: folder.path)
        let counts = try damaging(folder.path, 400) {
            let tokenizer = try ByteLevelBPE.read(folder.path)
            _ = try tokenizer.decodeBytes(tokenizer.encode("push the block é \u{0} 12"))
        }
        #expect(counts.refused > 100, "\(counts)")
    }

    @Test func `actions, sensors and pictures: a damaged file is refused, or used`() throws {
        let set = try TokenizerSetTests.sample()
        let folder = try TemporaryDirectory()
        try ScalarTokenizer(streams: [
            ScalarQuantizer(stream: "actions", names: ["x", "y"], low: [-1, -2], high: [1, 2], bins: 16),
            ScalarQuantizer(stream: "pose", names: ["a"], companding: Companding(), bins: 16),
        ]).write(to: folder.path + "/actions")
        _ = try damaging(folder.path + "/actions", 400) { _ = try ScalarTokenizer.read(folder.path + "/actions") }
        try set.images?.write(to: folder.path + "/images")
        _ = try damaging(folder.path + "/images", 300) {
            let tokenizer = try VQImageTokenizer.read(folder.path + "/images")
            _ = try tokenizer.encode([UInt8](repeating: 7, count: 8 * 8 * 3), height: 8, width: 8)
        }
    }
}
