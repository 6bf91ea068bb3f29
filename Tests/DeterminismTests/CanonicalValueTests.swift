import Determinism
import Foundation
import Testing

@Suite("Canonical values")
struct CanonicalValueTests {
    /// A random tree of limited depth.
    func tree(_ random: inout RandomWords, depth: Int) -> CanonicalValue {
        switch random.index(below: depth > 0 ? 8 : 6) {
        case 0: .null
        case 1: .bool(random.index(below: 2) == 0)
        case 2: .int(Int64(random.index(below: 5)) - 2)
        case 3: .double([0.0, -0.0, 1.5, -2][random.index(below: 4)])
        case 4: .string(["", "a", "ab", "é"][random.index(below: 4)])
        case 5: .bytes(Array(repeating: 7, count: random.index(below: 3)))
        case 6: .list((0..<random.index(below: 3)).map { _ in tree(&random, depth: depth - 1) })
        default:
            .map(
                Dictionary(
                    (0..<random.index(below: 3)).map { ("k\($0)", tree(&random, depth: depth - 1)) },
                    uniquingKeysWith: { $1 }))
        }
    }

    @Test("different trees have different encodings and survive JSON", arguments: UInt32(0)..<20)
    func injective(seed: UInt32) throws {
        var random = RandomField(seed: 3, purpose: RandomPurpose("trees")).stream(seed)
        var seen: [[UInt8]: CanonicalValue] = [:]
        for _ in 0..<500 {
            let value = tree(&random, depth: 3)
            if let other = seen[value.encoded] {
                // `==` on doubles takes 0.0 for -0.0; the encoding does not.
                #expect(other == value)
            }
            seen[value.encoded] = value
            let copy = try JSONDecoder().decode(CanonicalValue.self, from: JSONEncoder().encode(value))
            #expect(copy.encoded == value.encoded)
        }
    }

    @Test("the digest of abc is FIPS 180's")
    func knownDigest() {
        let digits = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(Digest(of: "abc").hexDigits == digits)
        #expect(Digest(hexDigits: digits) == Digest(of: "abc"))
        #expect(Digest(hexDigits: String(digits.dropLast())) == nil)
        #expect(Digest(hexDigits: "+" + digits.dropFirst()) == nil)
    }
}
