/// Byte-pair encoding over integers instead of bytes: symbols `0..<symbols`, and merges of two ids into a third.
public struct SymbolPairs: Codable, Hashable, Sendable {
    /// Ids that stand for themselves.
    public let symbols: Int
    /// Left, right and result by rank.
    ///
    /// A result is the next free id, or an earlier one that other pairs give as well.
    public let merges: [[Int32]]
    /// Rank by pair, the left id in the high half.
    private let ranks: [UInt64: Int32]
    /// The pair that made each id behind the symbols first.
    private let origins: [[Int32]]
    /// Symbols that each id stands for.
    private let lengths: [Int]

    /// - Throws: ``TokenizationError`` when a merge names an id that is not there before it.
    init(symbols: Int, merges: [[Int32]]) throws {
        guard symbols > 0, symbols <= 1 << 16 else {
            throw TokenizationError(.badValue, "\(symbols) symbols; there must be 1 to 65536")
        }
        var ranks: [UInt64: Int32] = [:]
        var origins: [[Int32]] = []
        var lengths = [Int](repeating: 1, count: symbols)
        for (rank, merge) in merges.enumerated() {
            let count = symbols + origins.count
            guard merge.count == 3, merge.prefix(2).allSatisfy({ $0 >= 0 && Int($0) < count }),
                Int(merge[2]) >= symbols, Int(merge[2]) <= count,
                ranks.updateValue(Int32(rank), forKey: Self.key(merge[0], merge[1])) == nil
            else { throw TokenizationError(.badValue, "merge \(rank), \(merge), does not join two ids before it") }
            if Int(merge[2]) == count {
                origins.append(Array(merge.prefix(2)))
                lengths.append(lengths[Int(merge[0])] + lengths[Int(merge[1])])
            }
        }
        self.symbols = symbols
        self.merges = merges
        self.ranks = ranks
        self.origins = origins
        self.lengths = lengths
    }

    /// Learns merges from sequences, the most frequent pair first, among equals the one with the smaller ids.
    ///
    /// - Parameters:
    ///   - sequences: symbols below `symbols`.
    ///   - vocabulary: ids to reach, symbols included.
    ///   - minimumFrequency: how often a pair must occur.
    static func learned(
        from sequences: [[Int32]], symbols: Int, vocabulary: Int, minimumFrequency: Int
    ) throws -> SymbolPairs {
        var slots: [[Int32]: Int] = [:]
        var words: [(ids: [Int32], count: Int)] = []
        for sequence in sequences {
            if let slot = slots[sequence] {
                words[slot].count += 1
            } else {
                slots[sequence] = words.count
                words.append((sequence, 1))
            }
        }
        // The trainer tells tokens apart by bytes: two for each symbol.
        var tokens = (0..<symbols).map { [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)] }
        var trainer = BytePairTrainer(words: words, vocabularySize: vocabulary, minimumFrequency: minimumFrequency)
        let merges = trainer.train(tokens: &tokens).map { [$0.left, $0.right, $0.result] }
        return try SymbolPairs(symbols: symbols, merges: merges)
    }

    /// Ids there are.
    public var count: Int { symbols + origins.count }

    /// How many symbols `id` stands for.
    ///
    /// - Precondition: `id` is in `0..<count`.
    public func length(of id: Int) -> Int { lengths[id] }

    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    /// The ids of symbols: the lowest rank first, among equals the leftmost.
    func encode(_ symbols: [Int32]) -> [Int32] {
        var ids = symbols
        while ids.count > 1 {
            var best = Int32.max
            for position in 0..<ids.count - 1 {
                if let rank = ranks[Self.key(ids[position], ids[position + 1])], rank < best { best = rank }
            }
            guard best != .max else { break }
            let pair = merges[Int(best)]
            var joined: [Int32] = []
            joined.reserveCapacity(ids.count)
            var position = 0
            while position < ids.count {
                if position + 1 < ids.count, ids[position] == pair[0], ids[position + 1] == pair[1] {
                    joined.append(pair[2])
                    position += 2
                } else {
                    joined.append(ids[position])
                    position += 1
                }
            }
            ids = joined
        }
        return ids
    }

    /// The symbols that ids stand for.
    ///
    /// - Throws: ``TokenizationError`` for an id outside the vocabulary.
    func decode(_ ids: [Int32]) throws -> [Int32] {
        var result: [Int32] = []
        for id in ids {
            guard id >= 0, Int(id) < count else {
                throw TokenizationError(.badValue, "action token \(id) is outside 0..<\(count)")
            }
            var open = [id]
            while let next = open.popLast() {
                if Int(next) < symbols {
                    result.append(next)
                } else {
                    let pair = origins[Int(next) - symbols]
                    open += [pair[1], pair[0]]
                }
            }
        }
        return result
    }

    private enum CodingKeys: String, CodingKey { case symbols, merges }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            symbols: try values.decode(Int.self, forKey: .symbols),
            merges: try values.decode([[Int32]].self, forKey: .merges))
    }
}
