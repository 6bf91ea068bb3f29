import Foundation
import Pictures
import TestSupport
import Testing

@Suite("GIF")
struct GIFTests {
    /// A picture of few colours whose indices make long and short codes.
    private static func picture(_ width: Int, _ height: Int, seed: UInt64) -> PixelImage {
        var random = SplitMix(state: seed)
        var image = PixelImage(width: width, height: height)
        for y in 0..<height {
            for x in 0..<width where random.next() % 3 == 0 || y % 5 == 0 {
                let level = UInt8(truncatingIfNeeded: (random.next() % 4) * 64)
                image[x, y] = PixelColor(red: level, green: UInt8(truncatingIfNeeded: (x / 7 % 8) * 32), blue: 0)
            }
        }
        return image
    }

    /// Reads what ``GIF`` writes: the frames' indices and the palette, by the format's definition.
    private static func decode(_ bytes: [UInt8]) throws -> (frames: [[UInt8]], palette: [UInt8], delays: [Int]) {
        #expect(Array(bytes.prefix(6)) == Array("GIF89a".utf8))
        let palette = Array(bytes[13..<13 + 768])
        var place = 13 + 768
        var frames: [[UInt8]] = []
        var delays: [Int] = []
        while bytes[place] != 0x3B {
            if bytes[place] == 0x21 {
                if bytes[place + 1] == 0xF9 { delays.append(Int(bytes[place + 4]) | Int(bytes[place + 5]) << 8) }
                place += 2
                while bytes[place] != 0 { place += 1 + Int(bytes[place]) }
                place += 1
                continue
            }
            try #require(bytes[place] == 0x2C && bytes[place + 10] == 8)
            place += 11
            var codes: [UInt8] = []
            while bytes[place] != 0 {
                codes += bytes[place + 1..<place + 1 + Int(bytes[place])]
                place += 1 + Int(bytes[place])
            }
            place += 1
            frames.append(try expand(codes))
        }
        #expect(place == bytes.count - 1)
        return (frames, palette, delays)
    }

    private static func expand(_ codes: [UInt8]) throws -> [UInt8] {
        let start: [[UInt8]] = (0...255).map { [UInt8($0)] } + [[], []]
        var (table, width, bit) = (start, 9, 0)
        var last: [UInt8]?
        var result: [UInt8] = []
        while true {
            var code = 0
            for offset in 0..<width {
                code |= Int(codes[(bit + offset) / 8] >> UInt8((bit + offset) % 8) & 1) << offset
            }
            bit += width
            if code == 256 {
                (table, width, last) = (start, 9, nil)
                continue
            }
            if code == 257 { return result }
            let entry: [UInt8]
            if code < table.count {
                entry = table[code]
            } else {
                let before = try #require(last)
                try #require(code == table.count)
                entry = before + before.prefix(1)
            }
            result += entry
            if let last, table.count < 4096 {
                table.append(last + entry.prefix(1))
                if table.count == 1 << width, width < 12 { width += 1 }
            }
            last = entry
        }
    }

    @Test("pictures of few colours come back as they were, whatever their size", arguments: UInt64(0)..<12)
    func roundTrip(seed: UInt64) throws {
        let (width, height) = (1 + Int(seed) * 23, 1 + Int(seed * seed) * 2)
        let frames = (0..<3).map { Self.picture(width, height, seed: seed * 10 + $0) }
        let (decoded, palette, delays) = try Self.decode(GIF.encode(frames, hundredths: 7))
        #expect(delays == [7, 7, 7])
        for (frame, indices) in zip(frames, decoded) {
            #expect(indices.flatMap { palette[3 * Int($0)..<3 * Int($0) + 3] } == frame.pixels)
        }
    }

    @Test func `many colours become near ones, the same each time`() throws {
        var image = PixelImage(width: 200, height: 150)
        for y in 0..<150 {
            for x in 0..<200 { image[x, y] = PixelColor(red: UInt8(x), green: UInt8(y), blue: UInt8((x + y) / 2)) }
        }
        let bytes = try GIF.encode([image], hundredths: 10)
        #expect(try GIF.encode([image], hundredths: 10) == bytes)
        let (frames, palette, _) = try Self.decode(bytes)
        let shown = frames[0].flatMap { palette[3 * Int($0)..<3 * Int($0) + 3] }
        let worst = zip(shown, image.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 255
        #expect(worst < 40)
    }

    @Test func `no frames, and frames of different sizes, are refused`() {
        #expect(throws: PictureError.self) { try GIF.encode([], hundredths: 1) }
        #expect(throws: PictureError.self) {
            try GIF.encode([PixelImage(width: 1, height: 1), PixelImage(width: 2, height: 1)], hundredths: 1)
        }
    }
}
