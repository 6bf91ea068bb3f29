import Determinism
import Foundation
import TestSupport
import Testing
import Tokenization

@Suite("Scalar quantizer")
struct ScalarQuantizerTests {
    @Test("decoding lands within half a bin, clamping outside the bounds", arguments: UInt64(0)..<100)
    func roundTrip(seed: UInt64) throws {
        var words = RandomField(seed: seed, purpose: RandomPurpose("test.scalar")).stream()
        let width = 1 + words.index(below: 7)
        let rows = 2 + words.index(below: 300)
        let scales = (0..<width).map { _ in ExactMath.exp(8 * words.unit() - 4) }
        let values = (0..<rows * width).map { Float(scales[$0 % width] * words.normal()) }
        let bins = 2 + words.index(below: 400)
        let quantizer = try ScalarQuantizer(
            fitting: values, stream: "actions", names: (0..<width).map { "d\($0)" }, bins: bins)
        let decoded = try quantizer.decode(try quantizer.encode(values))
        for (index, value) in values.enumerated() {
            let d = index % width
            let clamped = min(quantizer.high[d], max(quantizer.low[d], Double(value)))
            let rounding = 1e-6 * max(abs(quantizer.low[d]), abs(quantizer.high[d]))
            #expect(abs(Double(decoded[index]) - clamped) <= 0.5 * quantizer.binWidth(d) + rounding)
        }
    }

    @Test("a bin's own edges belong to it, and encoding a centre gives its bin", arguments: [2, 3, 255, 256])
    func edges(bins: Int) throws {
        let quantizer = try ScalarQuantizer(stream: "a", names: ["x"], low: [-1], high: [1], bins: bins)
        for bin in 0..<bins {
            #expect(try quantizer.bin(Float(quantizer.centre(bin, dimension: 0)), dimension: 0) == bin)
        }
        #expect(try quantizer.bin(-1, dimension: 0) == 0)
        #expect(try quantizer.bin(1, dimension: 0) == bins - 1)
        #expect(try quantizer.bin(-50, dimension: 0) == 0)
        #expect(try quantizer.bin(50, dimension: 0) == bins - 1)
        #expect(try quantizer.bin(0, dimension: 0) == bins / 2)
    }

    @Test func `bounds are NumPy's linear quantiles`() throws {
        // np.quantile([0, 1, 2, 10, 20], [0.01, 0.99]) and of one value.
        let quantizer = try ScalarQuantizer(fitting: [10, 0, 20, 2, 1], stream: "s", names: ["x"])
        #expect(quantizer.low == [0.04])
        #expect(quantizer.high == [19.6])
        let single = try ScalarQuantizer(fitting: [3], stream: "s", names: ["x"])
        #expect(single.low == [3] && single.high == [3])
    }

    @Test func `a constant dimension decodes to its value, a rarely used one keeps its extremes`() throws {
        var values = [Float](repeating: 0.25, count: 2000)
        for row in 0..<1000 { values[2 * row + 1] = row == 500 ? 1 : 0 }
        let quantizer = try ScalarQuantizer(fitting: values, stream: "actions", names: ["rest", "gripper"])
        #expect(try quantizer.decode(try quantizer.encode([0.25, 0])) == [0.25, Float(0.5 / 256)])
        #expect(try quantizer.decode(try quantizer.encode([7, 1])) == [0.25, Float(1 - 0.5 / 256)])
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func `a value that is not finite is refused by name`(value: Float) throws {
        let quantizer = try ScalarQuantizer(stream: "actions", names: ["x", "y"], low: [0, 0], high: [1, 1], bins: 4)
        #expect(throws: TokenizationError.self) { try quantizer.encode([0, value]) }
        let error = #expect(throws: TokenizationError.self) {
            try ScalarQuantizer(fitting: [0, 0, 1, value], stream: "actions", names: ["x", "y"])
        }
        #expect(error?.message.contains("dimension 'y', row 1") == true)
    }

    @Test func `rows of the wrong width and bins out of range are refused`() throws {
        let quantizer = try ScalarQuantizer(stream: "a", names: ["x", "y"], low: [0, 0], high: [1, 1], bins: 4)
        #expect(throws: TokenizationError.self) { try quantizer.encode([1, 2, 3]) }
        #expect(throws: TokenizationError.self) { try quantizer.decode([0]) }
        #expect(throws: TokenizationError.self) { try quantizer.decode([0, 4]) }
        #expect(throws: TokenizationError.self) { try quantizer.decode([-1, 0]) }
        #expect(throws: TokenizationError.self) {
            try ScalarQuantizer(stream: "a", names: ["x"], low: [1], high: [0], bins: 4)
        }
    }

    @Test("mu-law keeps order, sign and large values, and decodes within its bin", arguments: UInt64(0)..<50)
    func companding(seed: UInt64) throws {
        var words = RandomField(seed: seed, purpose: RandomPurpose("test.companding")).stream()
        let quantizer = try ScalarQuantizer(
            stream: "s", names: ["x"], companding: Companding(mu: 100, limit: 4096), bins: 512)
        var last = -Float.infinity
        var lastBin = 0
        for value in (0..<60).map({ _ in Float(words.normal() * ExactMath.exp(3 * words.normal())) }).sorted() {
            let bin = try quantizer.bin(value, dimension: 0)
            #expect(value == last || bin >= lastBin)
            (last, lastBin) = (value, bin)
            let low = quantizer.value(at: Double(bin), dimension: 0)
            let high = quantizer.value(at: Double(bin + 1), dimension: 0)
            if abs(value) < 4096 { #expect(Double(value) >= low - 1e-9 && Double(value) <= high + 1e-9) }
            #expect(try quantizer.bin(Float(quantizer.centre(bin, dimension: 0)), dimension: 0) == bin)
        }
        let folder = try TemporaryDirectory()
        try ScalarTokenizer(streams: [quantizer]).write(to: folder.path)
        #expect(try ScalarTokenizer.read(folder.path).streams == [quantizer])
        #expect(throws: TokenizationError.self) { try Companding(mu: 0, limit: 1) }
    }

    @Test(
        "a code of finite scalars is its digits, and levels are kept",
        arguments: [[8, 5, 5, 5], [2], [3, 4, 7], [16, 16]])
    func finiteScalars(levels: [Int]) throws {
        let quantizer = try FiniteScalarQuantizer(levels: levels)
        for code in 0..<quantizer.count {
            let digits = quantizer.digits(ofCode: code)
            #expect(quantizer.code(of: digits) == code)
            #expect(zip(digits, levels).allSatisfy { $0 >= 0 && $0 < $1 })
        }
        let lowest = quantizer.digits(of: levels.map { _ in -50 })
        let highest = quantizer.digits(of: levels.map { _ in 50 })
        #expect(lowest == levels.map { _ in 0 } && highest == levels.map { $0 - 1 })
        #expect(throws: TokenizationError.self) { try FiniteScalarQuantizer(levels: levels + [1]) }
        #expect(throws: TokenizationError.self) { try FiniteScalarQuantizer(levels: []) }
    }

    @Test(
        "published mu-law bins and finite scalar codes",
        .enabled(if: SharedData.path != nil, "the shared reference answers are not beside this checkout"))
    func goldenScales() throws {
        struct Golden: Decodable {
            struct MuLaw: Decodable {
                let x: [Float]
                let companded: [Double]
                let bin: [Int]
                let decoded: [Double]
                let mu: Double
                let M: Double
                let bins: Int
            }
            struct FSQ: Decodable {
                let levels: [Int]
                let z: [[Double]]
                let codes: [[Int]]
                let index: [Int]
            }
            let mulaw: MuLaw
            let fsq: FSQ
        }
        let path = try #require(SharedData.path) + "/golden/scalar_quantizers.json"
        let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        let companding = try Companding(mu: golden.mulaw.mu, limit: golden.mulaw.M)
        let quantizer = try ScalarQuantizer(
            stream: "s", names: ["x"], companding: companding, bins: golden.mulaw.bins)
        #expect(try quantizer.encode(golden.mulaw.x) == golden.mulaw.bin)
        for (value, expected) in zip(golden.mulaw.x, golden.mulaw.companded) {
            #expect(abs(companding.compressed(Double(value)) - expected) < 1e-7)
        }
        for (bin, expected) in zip(golden.mulaw.bin, golden.mulaw.decoded) {
            #expect(abs(quantizer.centre(bin, dimension: 0) - expected) <= 1e-12 * abs(expected) + 1e-15)
        }
        let finite = try FiniteScalarQuantizer(levels: golden.fsq.levels)
        for (z, (codes, index)) in zip(golden.fsq.z, zip(golden.fsq.codes, golden.fsq.index)) {
            let digits = finite.digits(of: z)
            #expect(zip(digits, golden.fsq.levels).map { $0 - $1 / 2 } == codes)
            #expect(finite.code(of: digits) == index)
        }
    }

    @Test(
        "published bins: 256 as the clamped state bins, 255 as OpenVLA's centres",
        .enabled(if: SharedData.path != nil, "the shared reference answers are not beside this checkout"))
    func golden() throws {
        struct Golden: Decodable {
            struct OpenVLA: Decodable {
                let x: [Float]
                let digitized: [Int]
                let decoded: [Double]
            }
            struct State: Decodable {
                let x: [Float]
                let bin: [Int]
            }
            let openvla: OpenVLA
            let state256: State
        }
        let path = try #require(SharedData.path) + "/golden/scalar_quantizers.json"
        let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        let state = try ScalarQuantizer(stream: "s", names: ["x"], low: [-1], high: [1], bins: 256)
        #expect(try state.encode(golden.state256.x) == golden.state256.bin.map { max(0, $0) })
        let openvla = try ScalarQuantizer(stream: "s", names: ["x"], low: [-1], high: [1], bins: 255)
        let bins = try openvla.encode(golden.openvla.x)
        #expect(bins == golden.openvla.digitized.map { min(254, $0 - 1) })
        for (bin, expected) in zip(bins, golden.openvla.decoded) {
            #expect(abs(openvla.centre(bin, dimension: 0) - expected) < 1e-12)
        }
    }

    @Test("the quantiles are NumPy's", .enabled(if: PeerPython.has("numpy"), "no Python with numpy"))
    func numpyPeer() throws {
        var words = RandomField(seed: 5, purpose: RandomPurpose("test.scalar")).stream()
        for count in [1, 2, 3, 10, 101, 997] {
            let values = (0..<count).map { _ in Float(words.normal()) }
            let quantizer = try ScalarQuantizer(fitting: values, stream: "s", names: ["x"])
            let list = values.map { String($0) }.joined(separator: ",")
            let script = """
                import numpy as np
                a = np.array([\(list)], dtype=np.float32).astype(np.float64)
                print(np.quantile(a, 0.01).view(np.uint64) if count > 1 else a[0].view(np.uint64))
                print(np.quantile(a, 0.99).view(np.uint64) if count > 1 else a[0].view(np.uint64))
                """.replacingOccurrences(of: "count", with: String(count))
            let (status, output) = try PeerPython.run(script)
            #expect(status == 0)
            let expected = output.split(separator: "\n").compactMap { UInt64($0) }
            #expect([quantizer.low[0].bitPattern, quantizer.high[0].bitPattern] == expected)
        }
    }
}
