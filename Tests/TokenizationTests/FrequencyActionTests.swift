import Determinism
import Foundation
import TestSupport
import Testing
import Tokenization

@Suite("Action chunks by frequencies")
struct FrequencyActionTests {
    /// Smooth chunks `[H, D]`: sums of two slow waves and a little noise.
    private static func chunks(_ count: Int, steps: Int, width: Int, seed: UInt64, noise: Double = 0.02) -> [[Float]] {
        var words = RandomField(seed: seed, purpose: RandomPurpose("test.fast")).stream()
        return (0..<count).map { _ in
            let waves = (0..<width).map { _ in (words.normal(), words.normal(), words.normal()) }
            return (0..<steps * width).map { place in
                let (t, d) = place.quotientAndRemainder(dividingBy: width)
                let x = Double(t) / Double(steps)
                return Float(waves[d].0 + waves[d].1 * x + waves[d].2 * ExactMath.cos(3 * x) + noise * words.normal())
            }
        }
    }

    private static func tokenizer(_ chunks: [[Float]], steps: Int, width: Int, scale: Double = 10) throws
        -> FrequencyActionTokenizer
    {
        try FrequencyActionTokenizer(
            fitting: chunks, stream: "actions", names: (0..<width).map { "a\($0)" }, chunk: steps, scale: scale)
    }

    @Test("decoding is encoding's inverse up to the rounding of coefficients", arguments: UInt64(0)..<40)
    func roundTrip(seed: UInt64) throws {
        let (steps, width) = (1 + Int(seed % 13), 1 + Int(seed % 4))
        let chunks = Self.chunks(30, steps: steps, width: width, seed: seed)
        let scale = [2, 5, 10, 33][Int(seed % 4)]
        let tokenizer = try Self.tokenizer(chunks, steps: steps, width: width, scale: Double(scale))
        for values in chunks {
            let ids = try tokenizer.encode(values)
            #expect(ids.count <= values.count && ids.allSatisfy { $0 >= 0 && Int($0) < tokenizer.count })
            let decoded = try tokenizer.decode(ids)
            #expect(try tokenizer.integers(of: decoded) == tokenizer.integers(of: values))
        }
        #expect(try tokenizer.measured(on: chunks).error <= 1 / (4 * Double(scale * scale)) + 1e-9)
    }

    @Test func `smooth chunks take fewer tokens than bins, and smoother ones fewer still`() throws {
        let smooth = Self.chunks(200, steps: 10, width: 2, seed: 1, noise: 0)
        let rough = Self.chunks(200, steps: 10, width: 2, seed: 1, noise: 0.5)
        let few = try Self.tokenizer(smooth, steps: 10, width: 2).measured(on: smooth).tokens
        let more = try Self.tokenizer(rough, steps: 10, width: 2).measured(on: rough).tokens
        #expect(few < 10)
        #expect(few < more && more < 20)
    }

    @Test func `an axis at rest neither explodes nor moves`() throws {
        let chunks = Self.chunks(40, steps: 6, width: 2, seed: 3).map { chunk in
            chunk.enumerated().map { $0 % 2 == 1 ? Float(0.25) : $1 }
        }
        let tokenizer = try Self.tokenizer(chunks, steps: 6, width: 2)
        for values in chunks {
            for (place, value) in try tokenizer.decode(tokenizer.encode(values)).enumerated() where place % 2 == 1 {
                #expect(abs(value - 0.25) < 0.06)
            }
        }
    }

    @Test func `what lies beyond the fitted range is clamped, and what is no chunk refused`() throws {
        let chunks = Self.chunks(40, steps: 5, width: 2, seed: 4)
        let tokenizer = try Self.tokenizer(chunks, steps: 5, width: 2)
        let far = try tokenizer.decode(tokenizer.encode([Float](repeating: 1e6, count: 10)))
        #expect(far.allSatisfy { $0.isFinite && abs($0) < 1e4 })
        #expect(throws: TokenizationError.self) { try tokenizer.encode([0, 0]) }
        #expect(throws: TokenizationError.self) { try tokenizer.encode([Float](repeating: .nan, count: 10)) }
        let ids = try tokenizer.encode(chunks[0])
        for wrong in [ids + [0], Array(ids.dropLast()), [-1], [Int32(tokenizer.count)], []] {
            #expect(throws: TokenizationError.self) { try tokenizer.decode(wrong) }
        }
        #expect(throws: TokenizationError.self) { try Self.tokenizer([], steps: 5, width: 2) }
    }

    @Test func `the file gives the same tokenizer and equal bytes, whatever the order of chunks`() throws {
        let folder = try TemporaryDirectory()
        let chunks = Self.chunks(60, steps: 8, width: 3, seed: 5)
        let tokenizer = try Self.tokenizer(chunks, steps: 8, width: 3)
        #expect(try tokenizer == Self.tokenizer(chunks.reversed(), steps: 8, width: 3))
        try tokenizer.write(to: folder.path)
        #expect(try FrequencyActionTokenizer.read(folder.path) == tokenizer)
        let path = folder.path + "/fast.json"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try text.replacing("\"chunk\" : 8", with: "\"chunk\" : 0").write(
            toFile: path, atomically: true, encoding: .utf8)
        #expect(throws: TokenizationError.self) { try FrequencyActionTokenizer.read(folder.path) }
    }

    // MARK: Published answers

    private struct Expected: Decodable {
        let q01: [Double]
        let q99: [Double]
        let scale: Double
        let min_token: Int
        let horizon: Int
        let dims: Int
        let chunks: [[[Float]]]
        let ints: [[Int]]
        let ids: [[Int32]]
    }

    @Test(
        "a published tokenizer gives the published integers, ids and actions",
        .enabled(if: SharedData.path != nil, "the shared reference answers are not beside this checkout"),
        arguments: ["pusht_2d_10hz", "aloha_14d_12hz"])
    func golden(name: String) throws {
        let path = try #require(SharedData.path) + "/golden/fast_\(name)"
        let expected = try JSONDecoder().decode(
            Expected.self, from: Data(contentsOf: URL(fileURLWithPath: path + ".expected.json")))
        let published = try PublishedFrequencyTokenizer.read(
            file: path + ".tokenizer.json", low: expected.q01, high: expected.q99, chunk: expected.horizon,
            scale: expected.scale, least: expected.min_token)
        for (chunk, (integers, ids)) in zip(expected.chunks, zip(expected.ints, expected.ids)) {
            let values = chunk.flatMap { $0 }
            #expect(try published.integers(of: values) == integers)
            #expect(try published.encode(values) == ids)
            // Below the least one of the fit there is no character.
            #expect(try published.integers(standingFor: ids) == integers.map { max($0, expected.min_token) })
            guard integers.allSatisfy({ $0 >= expected.min_token }) else { continue }
            let decoded = try published.decode(ids)
            var squares = 0.0
            for (place, (a, b)) in zip(decoded, values).enumerated() {
                let d = place % expected.dims
                let difference = 2 * Double(a - b) / (expected.q99[d] - expected.q01[d] + 1e-6)
                squares += difference * difference
            }
            #expect(squares / Double(values.count) <= 1 / (4 * expected.scale * expected.scale) + 1e-6)
        }
    }
}
