/// Cuts text into the pieces that byte pairs may not cross, as GPT-2's pattern does,
/// `'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`, or GPT-4's, which ``TextSplitting`` tells.
///
/// Written by hand, so that it runs in one pass over bytes. Bytes that are not UTF-8 count as symbols, so any bytes
/// can be cut; joined again, the pieces are the input.
struct PieceScanner {
    private enum Class: UInt8 { case letter, number, space, symbol }

    private let bytes: [UInt8]
    private let splitting: TextSplitting
    /// Byte offset of every character, and the end.
    private var offsets: [Int] = []
    private var classes: [Class] = []

    init(_ bytes: [UInt8], _ splitting: TextSplitting = .gpt2) {
        self.bytes = bytes
        self.splitting = splitting
        offsets.reserveCapacity(bytes.count + 1)
        classes.reserveCapacity(bytes.count)
        var position = 0
        while position < bytes.count {
            let (scalar, length) = Self.scalar(in: bytes, at: position)
            offsets.append(position)
            classes.append(scalar.map(Self.classify) ?? .symbol)
            position += length
        }
        offsets.append(bytes.count)
    }

    /// The pieces, in order.
    func pieces() -> [Range<Int>] {
        var result: [Range<Int>] = []
        forEachPiece { result.append($0) }
        return result
    }

    /// The pieces, in order, and whether they are nothing but blanks.
    func piecesAndBlanks() -> [(piece: Range<Int>, isBlank: Bool)] {
        var result: [(Range<Int>, Bool)] = []
        var start = 0
        while start < classes.count {
            let end = splitting == .gpt2 ? end(ofPieceAt: start) : endLikeGPT4(ofPieceAt: start)
            // What is no blank is first, or second behind one.
            let isBlank = classes[start] == .space && (end - start == 1 || classes[start + 1] == .space)
            result.append((offsets[start]..<offsets[end], isBlank))
            start = end
        }
        return result
    }

    /// Calls `body` with every piece, in order.
    func forEachPiece(_ body: (Range<Int>) -> Void) {
        var start = 0
        while start < classes.count {
            let end = splitting == .gpt2 ? end(ofPieceAt: start) : endLikeGPT4(ofPieceAt: start)
            body(offsets[start]..<offsets[end])
            start = end
        }
    }

    /// The alternatives of the pattern, first match wins.
    private func end(ofPieceAt start: Int) -> Int {
        if let end = contraction(at: start) { return end }
        let isBlank = bytes[offsets[start]] == UInt8(ascii: " ")
        let body = isBlank && start + 1 < classes.count && classes[start + 1] != .space ? start + 1 : start
        if classes[body] != .space { return run(of: classes[body], from: body) }
        let end = run(of: .space, from: start)
        // `\s+(?!\S)` gives the last space back when something follows, unless it is the only one.
        return end < classes.count && end - start > 1 ? end - 1 : end
    }

    /// The same for GPT-4's pattern.
    private func endLikeGPT4(ofPieceAt start: Int) -> Int {
        if let end = anyCaseContraction(at: start) { return end }
        // `[^\r\n\p{L}\p{N}]?\p{L}+`: letters, behind one character that is neither letter, number nor line end.
        if classes[start] == .letter { return run(of: .letter, from: start) }
        let follows = start + 1 < classes.count ? classes[start + 1] : nil
        if classes[start] != .number, !isLineEnd(start), follows == .letter { return run(of: .letter, from: start + 1) }
        // `\p{N}{1,3}`
        if classes[start] == .number { return min(start + 3, run(of: .number, from: start)) }
        // ` ?[^\s\p{L}\p{N}]+[\r\n]*`
        let isBlank = bytes[offsets[start]] == UInt8(ascii: " ")
        if classes[start] == .symbol || (isBlank && follows == .symbol) {
            var end = run(of: .symbol, from: isBlank ? start + 1 : start)
            while end < classes.count, isLineEnd(end) { end += 1 }
            return end
        }
        // `\s+$`, `\s*[\r\n]` up to the last line end, `\s+(?!\S)`, `\s`
        let end = run(of: .space, from: start)
        if end == classes.count { return end }
        if let last = (start..<end).last(where: isLineEnd) { return last + 1 }
        return end - start > 1 ? end - 1 : end
    }

    private func isLineEnd(_ place: Int) -> Bool {
        let byte = bytes[offsets[place]]
        return byte == 10 || byte == 13
    }

    /// `'(?i:[sdmt]|ll|ve|re)`; the long s ſ is an s without regard to case.
    private func anyCaseContraction(at start: Int) -> Int? {
        guard bytes[offsets[start]] == UInt8(ascii: "'"), start + 1 < classes.count else { return nil }
        func letter(_ place: Int) -> UInt8? {
            guard place < classes.count else { return nil }
            let from = offsets[place]
            switch offsets[place + 1] - from {
            case 1: return bytes[from] | 0x20
            case 2 where bytes[from] == 0xC5 && bytes[from + 1] == 0xBF: return UInt8(ascii: "s")
            default: return nil
            }
        }
        switch (letter(start + 1), letter(start + 2)) {
        case (UInt8(ascii: "s"), _), (UInt8(ascii: "d"), _), (UInt8(ascii: "m"), _), (UInt8(ascii: "t"), _):
            return start + 2
        case (UInt8(ascii: "l"), UInt8(ascii: "l")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
            (UInt8(ascii: "r"), UInt8(ascii: "e")):
            return start + 3
        default: return nil
        }
    }

    private func run(of kind: Class, from start: Int) -> Int {
        var end = start
        while end < classes.count, classes[end] == kind { end += 1 }
        return end
    }

    private func contraction(at start: Int) -> Int? {
        let offset = offsets[start]
        guard bytes[offset] == UInt8(ascii: "'"), offset + 1 < bytes.count else { return nil }
        switch bytes[offset + 1] {
        case UInt8(ascii: "s"), UInt8(ascii: "d"), UInt8(ascii: "m"), UInt8(ascii: "t"): return start + 2
        default: break
        }
        guard offset + 2 < bytes.count else { return nil }
        switch (bytes[offset + 1], bytes[offset + 2]) {
        case (UInt8(ascii: "l"), UInt8(ascii: "l")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
            (UInt8(ascii: "r"), UInt8(ascii: "e")):
            return start + 3
        default: return nil
        }
    }

    private static func classify(_ scalar: Unicode.Scalar) -> Class {
        if scalar.isASCII {
            switch UInt8(scalar.value) {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): return .letter
            case UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
            case 9...13, 32: return .space
            default: return .symbol
            }
        }
        if scalar.properties.isWhitespace { return .space }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return .letter
        case .decimalNumber, .letterNumber, .otherNumber: return .number
        default: return .symbol
        }
    }

    /// The character at `position` and its bytes; no character and one byte where the bytes are not UTF-8.
    private static func scalar(in bytes: [UInt8], at position: Int) -> (Unicode.Scalar?, Int) {
        let lead = bytes[position]
        let length: Int
        switch lead {
        case 0..<0x80: return (Unicode.Scalar(lead), 1)
        case 0xC2..<0xE0: length = 2
        case 0xE0..<0xF0: length = 3
        case 0xF0..<0xF5: length = 4
        default: return (nil, 1)
        }
        guard position + length <= bytes.count else { return (nil, 1) }
        var value = UInt32(lead) & (0x7F >> UInt32(length))
        for byte in bytes[position + 1..<position + length] {
            guard byte & 0xC0 == 0x80 else { return (nil, 1) }
            value = value << 6 | UInt32(byte & 0x3F)
        }
        let smallest: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
        guard value >= smallest, let scalar = Unicode.Scalar(value) else { return (nil, 1) }
        return (scalar, length)
    }
}
