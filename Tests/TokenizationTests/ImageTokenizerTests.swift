import Determinism
import Foundation
import TestSupport
import Testing
import Tokenization

@Suite("Image tokenizer")
struct ImageTokenizerTests {
    static func words(_ seed: UInt64) -> RandomWords {
        RandomField(seed: seed, purpose: RandomPurpose("test.image")).stream()
    }

    /// Frames of flat rectangles over a flat ground, many of whose patches repeat.
    static func scenes(_ count: Int, height: Int, width: Int, seed: UInt64) -> [UInt8] {
        var random = words(seed)
        var pixels: [UInt8] = []
        for _ in 0..<count {
            var frame = [UInt8](repeating: 200, count: height * width * 3)
            let (top, left) = (random.index(below: height), random.index(below: width))
            for y in top..<min(height, top + 7) {
                for x in left..<min(width, left + 9) {
                    for c in 0..<3 { frame[(y * width + x) * 3 + c] = UInt8(40 + 60 * c) }
                }
            }
            pixels += frame
        }
        return pixels
    }

    @Test("the code is the nearest entry, the lowest index among equals", arguments: UInt64(0)..<20)
    func nearest(seed: UInt64) throws {
        var random = Self.words(seed)
        let patch = 1 + random.index(below: 4)
        let width = patch * patch * 3
        let codes = 1 + random.index(below: 70)
        // Coarse values make exact ties likely; every sum of them is exact, so the oracle is too.
        var codebook = (0..<codes * width).map { _ in Float(random.index(below: 3) - 1) / 2 }
        if codes > 2 { codebook.replaceSubrange((codes - 1) * width..<codes * width, with: codebook[0..<width]) }
        let tokenizer = try VQImageTokenizer(patch: patch, channels: 3, codebook: codebook)
        let pixels = (0..<50 * width).map { _ in UInt8([64, 128, 192][random.index(below: 3)]) }
        let found = try tokenizer.encode(pixels, height: patch, width: patch)
        for (number, code) in found.enumerated() {
            var best = (distance: Float.infinity, index: -1)
            for index in 0..<codes {
                var distance: Float = 0
                for i in 0..<width {
                    let difference = (Float(pixels[number * width + i]) - 128) / 128 - codebook[index * width + i]
                    distance += difference * difference
                }
                if distance < best.distance { best = (distance, index) }
            }
            #expect(Int(code) == best.index)
        }
    }

    @Test(
        "pictures made of codebook patches come back exactly, at any size",
        arguments: [(8, 8), (8, 12), (9, 14), (5, 3), (1, 1)])
    func exact(height: Int, width: Int) throws {
        var fit = ImageTokenizerFit(.init(codes: 4096, patch: 4), channels: 3)
        let pixels = Self.scenes(20, height: height, width: width, seed: 9)
        try fit.add(pixels, height: height, width: width)
        let (tokenizer, summary) = try fit.fit(seed: 1)
        #expect(summary.codes == summary.differentPatches)
        let codes = try tokenizer.encode(pixels, height: height, width: width)
        #expect(codes.count == 20 * tokenizer.tokenCount(height: height, width: width))
        #expect(try tokenizer.decode(codes, height: height, width: width) == pixels)
    }

    @Test func `a fit is repeatable, follows the seed, and codes decode to themselves`() throws {
        func fit(_ seed: UInt64) throws -> VQImageTokenizer {
            var fit = ImageTokenizerFit(.init(codes: 24, patch: 4), channels: 3)
            try fit.add(Self.scenes(60, height: 16, width: 16, seed: 2), height: 16, width: 16)
            return try fit.fit(seed: seed).tokenizer
        }
        let tokenizer = try fit(5)
        #expect(try tokenizer == fit(5))
        #expect(try tokenizer != fit(6))
        let pixels = Self.scenes(8, height: 16, width: 16, seed: 77)
        let codes = try tokenizer.encode(pixels, height: 16, width: 16)
        #expect(codes.allSatisfy { $0 >= 0 && $0 < 24 })
    }

    @Test func `the order in which equal frames arrive changes nothing but ties`() throws {
        // One frame at a time or all at once: the patches are the same list.
        let pixels = Self.scenes(30, height: 8, width: 8, seed: 3)
        var whole = ImageTokenizerFit(.init(codes: 10, patch: 4), channels: 3)
        try whole.add(pixels, height: 8, width: 8)
        var single = ImageTokenizerFit(.init(codes: 10, patch: 4), channels: 3)
        for start in stride(from: 0, to: pixels.count, by: 192) {
            try single.add(Array(pixels[start..<start + 192]), height: 8, width: 8)
        }
        #expect(try whole.fit(seed: 4).tokenizer == single.fit(seed: 4).tokenizer)
    }

    @Test func `more codes do not decode worse`() throws {
        let pixels = Self.scenes(200, height: 16, width: 16, seed: 8)
        var last = 0.0
        for codes in [2, 8, 32, 128] {
            var fit = ImageTokenizerFit(.init(codes: codes, patch: 4), channels: 3)
            try fit.add(pixels, height: 16, width: 16)
            let tokenizer = try fit.fit(seed: 1).tokenizer
            var quality = ReconstructionQuality()
            quality.add(
                pixels, try tokenizer.decode(tokenizer.encode(pixels, height: 16, width: 16), height: 16, width: 16))
            let decibels = try #require(quality.decibels)
            #expect(decibels > last)
            last = decibels
        }
        #expect(last > 30)
    }

    @Test func `a decoder lowers the error, is stored with the codebook and survives frames of any size`() throws {
        var fit = ImageTokenizerFit(.init(codes: 12, patch: 4, decoderSteps: 80), channels: 3)
        let pixels = Self.scenes(150, height: 14, width: 18, seed: 31)
        try fit.add(pixels, height: 14, width: 18)
        let tokenizer = try fit.fit(seed: 3).tokenizer
        #expect(tokenizer.decoder != nil)
        let plain = try VQImageTokenizer(patch: 4, channels: 3, codebook: tokenizer.codebook)
        let codes = try tokenizer.encode(pixels, height: 14, width: 18)
        #expect(try codes == plain.encode(pixels, height: 14, width: 18))
        var with = ReconstructionQuality()
        var without = ReconstructionQuality()
        let decoded = try tokenizer.decode(codes, height: 14, width: 18)
        with.add(pixels, decoded)
        without.add(pixels, try plain.decode(codes, height: 14, width: 18))
        #expect(try #require(with.decibels) > #require(without.decibels))

        let folder = try TemporaryDirectory()
        try tokenizer.write(to: folder.path)
        let read = try VQImageTokenizer.read(folder.path)
        #expect(read == tokenizer && read != plain)
        #expect(try read.decode(codes, height: 14, width: 18) == decoded)
        let url = URL(fileURLWithPath: folder.path + "/decoder.bin")
        var bytes = try Data(contentsOf: url)
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: url)
        let error = #expect(throws: TokenizationError.self) { try VQImageTokenizer.read(folder.path) }
        #expect(error?.message.contains("decoder.bin") == true)
    }

    @Test func `files are read back; damage is refused by name`() throws {
        let folder = try TemporaryDirectory()
        let tokenizer = try VQImageTokenizer(patch: 2, channels: 1, codebook: [0, 0.5, -1, 0.25, 1, 1, 1, 1])
        try tokenizer.write(to: folder.path)
        #expect(try VQImageTokenizer.read(folder.path) == tokenizer)
        let url = URL(fileURLWithPath: folder.path + "/codebook.bin")
        try (try Data(contentsOf: url)).dropLast(4).write(to: url)
        let error = #expect(throws: TokenizationError.self) { try VQImageTokenizer.read(folder.path) }
        #expect(error?.message.contains("codebook.bin") == true)
    }

    @Test func `frames that are not whole and codes out of range are refused`() throws {
        let tokenizer = try VQImageTokenizer(patch: 2, channels: 1, codebook: [0, 0, 0, 0])
        #expect(throws: TokenizationError.self) { try tokenizer.encode([1, 2, 3], height: 2, width: 2) }
        #expect(throws: TokenizationError.self) { try tokenizer.decode([0], height: 4, width: 4) }
        #expect(throws: TokenizationError.self) { try tokenizer.decode([1], height: 2, width: 2) }
        #expect(throws: TokenizationError.self) {
            try VQImageTokenizer(patch: 2, channels: 1, codebook: [0, 0, .nan, 0])
        }
        #expect(throws: TokenizationError.self) { try VQImageTokenizer(patch: 2, channels: 1, codebook: []) }
        #expect(throws: TokenizationError.self) { try ImageTokenizerFit(.init(), channels: 3).fit(seed: 1) }
    }
}
