import Pictures
import Testing

@Suite("Gzip")
struct GzipTests {
    /// `gzip.compress(b"one workflow ", mtime=0)` of Python, and `b"and another"`.
    private static let first: [UInt8] = [
        31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 203, 207, 75, 85, 40, 207, 47, 202, 78, 203, 201, 47, 87, 0, 0, 119, 100, 158,
        114, 13, 0, 0, 0,
    ]
    private static let second: [UInt8] = [
        31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 75, 204, 75, 81, 72, 204, 203, 47, 201, 72, 45, 2, 0, 111, 149, 79, 205, 11, 0,
        0, 0,
    ]

    @Test func `members follow one another`() throws {
        #expect(Gzip.isCompressed(Self.first) && !Gzip.isCompressed(Array("{}".utf8)))
        let content = try Gzip.expand(Self.first + Self.second)
        #expect(String(decoding: content, as: UTF8.self) == "one workflow and another")
    }

    @Test func `a file that is cut off or altered anywhere is refused`() {
        for length in 0..<Self.first.count {
            #expect(throws: PictureError.self) { try Gzip.expand(Array(Self.first.prefix(length))) }
        }
        var altered = Self.first
        altered[altered.count - 6] ^= 1
        #expect(throws: PictureError.self) { try Gzip.expand(altered) }
    }

    @Test func `a content above the limit is refused`() {
        #expect(throws: PictureError.self) { try Gzip.expand(Self.first, limit: 5) }
    }
}
