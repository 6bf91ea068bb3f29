/// Random damage to the bytes of a good file: what a bad disk, a cut transfer or a hostile writer leaves.
public struct Damage {
    private var random: SplitMix
    private let words: [[UInt8]]

    /// - Parameter words: pieces that mean something in the file's language, such as brackets and great numbers.
    public init(seed: UInt64, words: [String] = Damage.numbers) {
        random = SplitMix(state: seed)
        self.words = words.map { Array($0.utf8) }
    }

    public static let numbers = [
        "-1", "0", "1e308", "-0.0", "1e-320", "9223372036854775807", "-9223372036854775808", "18446744073709551616",
        "99999999999999999999999999", "4294967296", "0.1", "true",
    ]

    /// For JSON and its kin.
    public static let json =
        numbers + [
            "null", "[", "]", "{", "}", "\"", ",", ":", "[[[[[[[[", "{\"a\":{\"a\":", "\"\\ud800\"", "\"\\u0000\"",
            "NaN", "\\",
        ]

    /// A few changes: bytes altered, pieces removed, doubled, moved, words put in, the end cut off.
    public mutating func callAsFunction(_ good: [UInt8]) -> [UInt8] {
        var bytes = good
        for _ in 0...Int.random(in: 0...3, using: &random) {
            guard !bytes.isEmpty else { return bytes }
            let place = Int.random(in: 0..<bytes.count, using: &random)
            let end = min(bytes.count, place + Int.random(in: 1...24, using: &random))
            switch Int.random(in: 0..<7, using: &random) {
            case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 2: bytes.removeSubrange(place..<end)
            case 3:
                bytes.insert(contentsOf: Array(bytes[place..<end]), at: Int.random(in: 0...bytes.count, using: &random))
            case 4: bytes.insert(contentsOf: words.randomElement(using: &random) ?? [], at: place)
            case 5: replaceNumber(&bytes, at: place)
            default: if Int.random(in: 0..<4, using: &random) == 0 { bytes.removeSubrange(place...) }
            }
        }
        return bytes
    }

    /// The next number after a place becomes another one.
    private mutating func replaceNumber(_ bytes: inout [UInt8], at place: Int) {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard let start = bytes[place...].firstIndex(where: { digits.contains($0) }) else { return }
        let end = bytes[start...].firstIndex { !digits.contains($0) } ?? bytes.count
        bytes.replaceSubrange(start..<end, with: words.randomElement(using: &random) ?? [])
    }
}
