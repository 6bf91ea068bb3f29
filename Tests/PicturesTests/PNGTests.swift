import Foundation
import Pictures
import TestSupport
import Testing

/// A picture whose every pixel is different from its neighbours.
func sample(width: Int, height: Int) -> PixelImage {
    PixelImage(
        width: width, height: height,
        pixels: (0..<3 * width * height).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) })
}

@Suite("PNG")
struct PNGTests {
    @Test("decoding gives back what was encoded", arguments: [(1, 1), (96, 96), (3, 200), (255, 7)])
    func roundTrip(width: Int, height: Int) throws {
        let image = sample(width: width, height: height)
        let bytes = try PNG.encode(image)
        #expect(try PNG.decode(bytes) == image)
        #expect(try PNG.encode(image) == bytes)
    }

    @Test func `no damaged file crashes the decoder`() throws {
        let bytes = try PNG.encode(sample(width: 24, height: 16))
        // The last 12 bytes are the end mark, after the pixels.
        for length in 0..<bytes.count - 12 {
            #expect(throws: PictureError.self) { try PNG.decode(Array(bytes.prefix(length))) }
        }
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 0x55
            _ = try? PNG.decode(damaged)
        }
    }

    @Test func `a header that asks for too many pixels is refused before memory is`() throws {
        // Signature, then IHDR of 60000 × 60000 with its checksum.
        let header: [UInt8] = [
            0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0xEA, 0x60, 0, 0,
            0xEA,
            0x60, 8, 2, 0, 0, 0,
        ]
        #expect(throws: PictureError.self) { try PNG.decode(header + crc(of: header.dropFirst(12)) + [0, 0, 0, 0]) }
    }

    private func crc(of bytes: ArraySlice<UInt8>) -> [UInt8] {
        var value: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
        value = ~value
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    @Test("Pillow reads what we write and we read what Pillow writes", .enabled(if: PeerPython.has("PIL", "numpy")))
    func pillow() throws {
        let folder = try TemporaryDirectory()
        let image = sample(width: 37, height: 21)
        try Data(try PNG.encode(image)).write(to: URL(fileURLWithPath: folder.path + "/ours.png"))
        let script = """
            import sys, numpy as np
            from PIL import Image
            d = sys.argv[1]
            a = np.asarray(Image.open(d + '/ours.png'))
            assert a.shape == (21, 37, 3) and a.dtype == np.uint8
            open(d + '/raw', 'wb').write(a.tobytes())
            Image.fromarray(a).save(d + '/rgb.png')
            Image.fromarray(a[:, :, 0]).save(d + '/grey.png')
            Image.fromarray(a).convert('P').save(d + '/palette.png')
            Image.fromarray(a).save(d + '/photo.jpg', quality=95)
            open(d + '/photo.raw', 'wb').write(np.asarray(Image.open(d + '/photo.jpg')).tobytes())
            """
        #expect(try PeerPython.run(script, [folder.path]).status == 0)
        func bytes(_ name: String) throws -> [UInt8] {
            [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.path + "/" + name)))
        }
        #expect(try bytes("raw") == image.pixels)
        #expect(try PNG.decode(bytes("rgb.png")) == image)
        let grey = try PNG.decode(bytes("grey.png"))
        #expect(stride(from: 0, to: grey.pixels.count, by: 3).allSatisfy { grey.pixels[$0] == image.pixels[$0] })
        #expect(try PNG.decode(bytes("palette.png")).width == 37)

        let photo = try bytes("photo.jpg")
        let decoded = try JPEG.decode(photo + [0, 0, 0])
        let peer = try bytes("photo.raw")
        #expect(zip(decoded.pixels, peer).allSatisfy { abs(Int($0) - Int($1)) <= 2 })
        #expect(decoded.pixels.count == peer.count)
        for length in stride(from: 0, to: photo.count - 2, by: 7) {
            #expect(throws: PictureError.self) { try JPEG.decode(Array(photo.prefix(length))) }
        }
        for index in photo.indices {
            var damaged = photo
            damaged[index] ^= 0x55
            _ = try? JPEG.decode(damaged)
        }
    }
}
