import Determinism
import Foundation
import Kernels
import Modeling
import Testing

@Suite("Patch decoder")
struct PatchDecoderTests {
    /// Frames of a soft disc on a gradient, and codes that tell only the mean brightness of a patch.
    struct Discs {
        var codebook: [Float] = []
        var grids: [[UInt16]] = []
        var pixels: [[UInt8]] = []

        init(frames: Int, seed: UInt64) {
            let levels = 16
            codebook = (0..<levels).flatMap { level in [Float](repeating: Float(level * 16 + 8), count: 48) }
            for frame in 0..<frames {
                var words = RandomField(seed: seed, purpose: RandomPurpose("tests.discs")).stream(UInt32(frame))
                let (cx, cy) = (words.unit() * 24, words.unit() * 20)
                var picture: [UInt8] = []
                for y in 0..<20 {
                    for x in 0..<24 {
                        let distance = ((Double(x) - cx) * (Double(x) - cx) + (Double(y) - cy) * (Double(y) - cy))
                            .squareRoot()
                        let value = UInt8(min(255, max(0, 220 - distance * 9)))
                        picture += [value, value, value]
                    }
                }
                pixels.append(picture)
                grids.append(
                    (0..<30).map { index in
                        var sum = 0
                        for y in 0..<4 {
                            for x in 0..<4 { sum += Int(picture[((index / 6 * 4 + y) * 24 + index % 6 * 4 + x) * 3]) }
                        }
                        return UInt16(sum / 16 / 16)
                    })
            }
        }
    }

    @Test func `without a fit the pixels are those of the codebook`() throws {
        let data = Discs(frames: 1, seed: 1)
        let decoder = try PatchDecoder(codebook: data.codebook, patch: 4)
        let picture = try decoder.decode(data.grids[0], rows: 5, columns: 6)
        for y in 0..<20 {
            for x in 0..<24 { #expect(picture[(y * 24 + x) * 3] == UInt8(data.grids[0][y / 4 * 6 + x / 4] * 16 + 8)) }
        }
    }

    @Test("a fit takes away block edges on frames it has not seen, with equal bits on every set")
    func fit() throws {
        let data = Discs(frames: 200, seed: 1)
        let unseen = Discs(frames: 20, seed: 2)
        var stored: [UInt8]?
        for set in KernelSet.available where set != .scalar || stored == nil {
            var errors: [Double] = []
            let decoder = try PatchDecoder.fit(
                grids: data.grids, rows: 5, columns: 6, pixels: data.pixels, codebook: data.codebook, patch: 4, seed: 3,
                steps: 60, kernels: Kernels(set)
            ) { errors.append($1) }
            #expect(errors.count == 60)
            let plain = try PatchDecoder(codebook: data.codebook, patch: 4)
            let before = try plain.meanSquaredError(grids: unseen.grids, rows: 5, columns: 6, pixels: unseen.pixels)
            let after = try decoder.meanSquaredError(grids: unseen.grids, rows: 5, columns: 6, pixels: unseen.pixels)
            #expect(after < 0.5 * before, "\(before) to \(after)")
            if let stored { #expect(stored == decoder.bytes, "\(set)") }
            stored = decoder.bytes
            let copy = try PatchDecoder(bytes: decoder.bytes)
            #expect(
                try copy.decode(data.grids[5], rows: 5, columns: 6)
                    == decoder.decode(data.grids[5], rows: 5, columns: 6))
        }
    }

    @Test func `damage and wrong sizes are refused`() throws {
        let data = Discs(frames: 2, seed: 1)
        let decoder = try PatchDecoder(codebook: data.codebook, patch: 4)
        #expect(throws: ModelingError.self) { try decoder.decode([1, 2, 3], rows: 2, columns: 2) }
        #expect(throws: ModelingError.self) { try decoder.decode([1, 2, 3, 16], rows: 2, columns: 2) }
        #expect(throws: ModelingError.self) { try PatchDecoder(bytes: Array(decoder.bytes.dropLast())) }
        #expect(throws: ModelingError.self) { try PatchDecoder(bytes: [1, 2, 3]) }
        #expect(throws: ModelingError.self) { try PatchDecoder(codebook: [1, 2, 3], patch: 4) }
        #expect(throws: ModelingError.self) {
            try PatchDecoder.fit(
                grids: data.grids, rows: 5, columns: 6, pixels: [data.pixels[0]], codebook: data.codebook, patch: 4,
                seed: 1,
                steps: 1)
        }
        struct Cancelled: Error {}
        #expect(throws: Cancelled.self) {
            try PatchDecoder.fit(
                grids: data.grids, rows: 5, columns: 6, pixels: data.pixels, codebook: data.codebook, patch: 4, seed: 1,
                steps: 5
            ) { _, _ in throw Cancelled() }
        }
    }
}
