/// A byte-level BPE tokenizer: text to ids and back, without loss for any bytes.
///
/// The vocabulary starts with special tokens, then all 256 bytes, then learned merges, so nothing is unknown. The file it
/// is kept in, `tokenizer.json`, is read by the `tokenizers` package, which then gives the same ids.
///
/// - Invariant: `decode(encode(x)) == x` for any bytes.
/// - Source: Sennrich et al. (arXiv:1508.07909); bytes as GPT-2, splitting as GPT-2 or GPT-4.
public struct ByteLevelBPE: Sendable, Hashable {
    static let fileName = "tokenizer.json"

    /// The bytes of every id; a special token's are its UTF-8 name.
    let tokens: [[UInt8]]
    let merges: [BytePairMerge]
    /// Names and ids of tokens that text is searched for before anything else.
    let specialTokens: [SpecialToken]
    /// Which pieces merges stay within.
    public let splitting: TextSplitting
    /// The id of each single byte.
    private let byteIDs: [Int32]
    /// Rank and result by pair, the left id in the high half.
    private let ranks: [UInt64: Rank]

    /// A token that stands for no bytes of its own.
    public struct SpecialToken: Hashable, Sendable {
        public let name: String
        public let id: Int32
    }

    private struct Rank: Hashable, Sendable {
        let rank: Int32
        let result: Int32
    }

    /// - Parameters:
    ///   - unused: ids of tokens that no text becomes, because their names are no bytes of the alphabet.
    ///   - holdsAllBytes: whether a byte without a token is an error; such bytes are left out of a text otherwise.
    /// - Throws: ``TokenizationError`` when a byte has no token or a merge names an id that does not exist.
    init(
        tokens: [[UInt8]], merges: [BytePairMerge], specialTokens: [SpecialToken], splitting: TextSplitting = .gpt2,
        unused: Set<Int32> = [], holdsAllBytes: Bool = true
    ) throws {
        self.splitting = splitting
        self.tokens = tokens
        self.merges = merges
        self.specialTokens = specialTokens
        let special = unused.union(specialTokens.map(\.id))
        var byteIDs = [Int32](repeating: -1, count: 256)
        for (id, token) in tokens.enumerated() where token.count == 1 && !special.contains(Int32(id)) {
            byteIDs[Int(token[0])] = Int32(id)
        }
        if holdsAllBytes, let byte = byteIDs.firstIndex(of: -1) {
            throw TokenizationError(
                .badValue, "the text vocabulary has no token for byte \(byte); a byte-level vocabulary holds all 256")
        }
        self.byteIDs = byteIDs
        var ranks: [UInt64: Rank] = [:]
        ranks.reserveCapacity(merges.count)
        for (rank, merge) in merges.enumerated() {
            guard [merge.left, merge.right, merge.result].allSatisfy({ $0 >= 0 && Int($0) < tokens.count }) else {
                throw TokenizationError(
                    .badValue, "merge \(rank) of the text vocabulary names an id outside 0..<\(tokens.count)")
            }
            // A pair listed again replaces the earlier rank, as in `tokenizers`.
            ranks[Self.key(merge.left, merge.right)] = Rank(rank: Int32(rank), result: merge.result)
        }
        self.ranks = ranks
    }

    /// Learns a vocabulary.
    ///
    /// - Parameters:
    ///   - texts: what to learn from; texts are never joined.
    ///   - vocabularySize: ids to reach, bytes and special tokens included. With few texts fewer pairs are frequent enough and
    ///     the vocabulary ends smaller; it never has fewer than all bytes.
    ///   - minimumFrequency: how often a pair must occur to be merged.
    ///   - specialTokens: names that get the first ids.
    ///   - splitting: which pieces merges stay within.
    public static func train(
        on texts: some Sequence<String>, vocabularySize: Int, minimumFrequency: Int = 2, specialTokens: [String] = [],
        splitting: TextSplitting = .gpt2
    ) throws -> ByteLevelBPE {
        guard Set(specialTokens.map { Array($0.utf8) }).count == specialTokens.count, !specialTokens.contains("") else {
            throw TokenizationError(.badValue, "special tokens must differ and not be empty: \(specialTokens)")
        }
        var tokens = specialTokens.map { Array($0.utf8) }
        var byteIDs = [Int32](repeating: 0, count: 256)
        for byte in ByteAlphabet.bytesInIDOrder {
            byteIDs[Int(byte)] = Int32(tokens.count)
            tokens.append([byte])
        }
        var slots: [[UInt8]: Int] = [:]
        var words: [(ids: [Int32], count: Int)] = []
        let separators = specialTokens.enumerated().map { SpecialToken(name: $1, id: Int32($0)) }
        for text in texts {
            for case .bytes(let stretch) in Self.stretches(of: Array(text.utf8), around: separators) {
                for piece in PieceScanner(stretch, splitting).pieces() {
                    let bytes = Array(stretch[piece])
                    if let slot = slots[bytes] {
                        words[slot].count += 1
                    } else {
                        slots[bytes] = words.count
                        words.append((bytes.map { byteIDs[Int($0)] }, 1))
                    }
                }
            }
        }
        var trainer = BytePairTrainer(words: words, vocabularySize: vocabularySize, minimumFrequency: minimumFrequency)
        let merges = trainer.train(tokens: &tokens)
        return try ByteLevelBPE(tokens: tokens, merges: merges, specialTokens: separators, splitting: splitting)
    }

    /// Number of ids.
    public var count: Int { tokens.count }

    /// Names of the special tokens, in the order of the file.
    public var specialNames: [String] { specialTokens.map(\.name) }

    /// The ids of a text.
    public func encode(_ text: String) -> [Int32] { encode(bytes: Array(text.utf8)) }

    /// The ids of any bytes, UTF-8 or not.
    ///
    /// Pieces that were met before are not merged again.
    ///
    /// - Complexity: O(n log n) in the length of the longest word.
    public func encode(bytes: [UInt8]) -> [Int32] { encode(bytes, around: specialTokens) }

    /// The ids of a text in which names of special tokens are text as any other.
    public func encodeOrdinary(_ text: String) -> [Int32] { encode(Array(text.utf8), around: []) }

    private func encode(_ bytes: [UInt8], around specials: [SpecialToken]) -> [Int32] {
        var ids: [Int32] = []
        ids.reserveCapacity(bytes.count / 3)
        var known = PieceTable()
        for stretch in Self.stretches(of: bytes, around: specials) {
            switch stretch {
            case .special(let id): ids.append(id)
            case .bytes(let bytes):
                PieceScanner(bytes, splitting).forEachPiece { appendIDs(ofPiece: $0, of: bytes, &known, to: &ids) }
            }
        }
        return ids
    }

    /// Appends the ids of a piece, which are looked up when it was met before.
    func appendIDs(ofPiece piece: Range<Int>, of bytes: [UInt8], _ known: inout PieceTable, to ids: inout [Int32]) {
        if known.append(bytes, piece, to: &ids) { return }
        let start = ids.count
        appendIDs(of: bytes[piece], to: &ids)
        known.insert(bytes, piece, ids: ids[start...])
    }

    /// The bytes that `ids` stand for.
    ///
    /// - Throws: ``TokenizationError`` for an id outside the vocabulary.
    public func decodeBytes(_ ids: [Int32]) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for id in ids {
            guard id >= 0, Int(id) < tokens.count else {
                throw TokenizationError(.badValue, "text token \(id) is outside the vocabulary of \(tokens.count)")
            }
            bytes += tokens[Int(id)]
        }
        return bytes
    }

    /// The text that `ids` stand for; bytes that are not UTF-8 become U+FFFD.
    public func decode(_ ids: [Int32]) throws -> String {
        String(decoding: try decodeBytes(ids), as: UTF8.self)
    }

    /// Text between special tokens, and these.
    enum Stretch {
        case bytes([UInt8])
        case special(Int32)
    }

    /// Cuts at special tokens: the leftmost first, the longest where several begin.
    static func stretches(of bytes: [UInt8], around specials: [SpecialToken]) -> [Stretch] {
        guard !specials.isEmpty else { return bytes.isEmpty ? [] : [.bytes(bytes)] }
        let names = specials.map { (name: Array($0.name.utf8), id: $0.id) }.sorted { $0.name.count > $1.name.count }
        var result: [Stretch] = []
        var start = 0
        var position = 0
        while position < bytes.count {
            if let match = names.first(where: { bytes[position...].starts(with: $0.name) }) {
                if start < position { result.append(.bytes(Array(bytes[start..<position]))) }
                result.append(.special(match.id))
                position += match.name.count
                start = position
            } else {
                position += 1
            }
        }
        if start < bytes.count { result.append(.bytes(Array(bytes[start...]))) }
        return result
    }

    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    /// The place of the pair of lowest rank, the leftmost of equals, and what it becomes; `nil` when none merges.
    package func bestMerge(_ ids: [Int32]) -> (place: Int, result: Int32)? {
        var best: (place: Int, rank: Rank)?
        for place in ids.indices.dropLast() {
            guard let rank = ranks[Self.key(ids[place], ids[place + 1])], rank.rank < best?.rank.rank ?? .max else {
                continue
            }
            best = (place, rank)
        }
        return best.map { ($0.place, $0.rank.result) }
    }

    /// Symbols up to which all pairs are looked at again after each merge, which is quicker than a queue for few.
    private static let shortPiece = 48

    /// Merges the lowest rank first, among equals the leftmost.
    private func appendIDs(of piece: ArraySlice<UInt8>, to ids: inout [Int32]) {
        var symbols: [Int32] = []
        symbols.reserveCapacity(piece.count)
        for byte in piece where byteIDs[Int(byte)] >= 0 { symbols.append(byteIDs[Int(byte)]) }
        guard symbols.count <= Self.shortPiece else { return appendIDs(ofLong: symbols, to: &ids) }
        var found = symbols.indices.dropLast().map { ranks[Self.key(symbols[$0], symbols[$0 + 1])] }
        while true {
            var best = -1
            var rank = Int32.max
            for (position, pair) in found.enumerated() {
                if let pair, pair.rank < rank { (best, rank) = (position, pair.rank) }
            }
            guard best >= 0, let merge = found[best] else { break }
            symbols[best] = merge.result
            symbols.remove(at: best + 1)
            found.remove(at: best)
            if best > 0 { found[best - 1] = ranks[Self.key(symbols[best - 1], symbols[best])] }
            if best < found.count { found[best] = ranks[Self.key(symbols[best], symbols[best + 1])] }
        }
        ids += symbols
    }

    /// The same with a queue over a linked list.
    private func appendIDs(ofLong piece: [Int32], to ids: inout [Int32]) {
        var symbols = piece
        var next = Array(1...symbols.count)
        var previous = Array(-1..<symbols.count - 1)
        var queue = PriorityHeap<(rank: Int32, position: Int, result: Int32)> { a, b in
            a.rank != b.rank ? a.rank < b.rank : a.position < b.position
        }
        func enqueue(_ position: Int) {
            guard position >= 0, next[position] < symbols.count else { return }
            if let rank = ranks[Self.key(symbols[position], symbols[next[position]])] {
                queue.push((rank.rank, position, rank.result))
            }
        }
        for position in symbols.indices { enqueue(position) }
        while let top = queue.pop() {
            // An entry whose symbols have merged since is stale.
            let position = top.position
            guard symbols[position] >= 0, next[position] < symbols.count,
                ranks[Self.key(symbols[position], symbols[next[position]])]?.result == top.result
            else { continue }
            let right = next[position]
            symbols[position] = top.result
            symbols[right] = -1
            next[position] = next[right]
            if next[right] < symbols.count { previous[next[right]] = position }
            enqueue(previous[position])
            enqueue(position)
        }
        for symbol in symbols where symbol >= 0 { ids.append(symbol) }
    }
}
