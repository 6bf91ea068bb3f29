/// Learns byte pairs from weighted words.
///
/// Follows the Hugging Face `tokenizers` trainer in everything that decides ids: the pair with the highest count is merged
/// first, among equals the one with the smaller ids; a count that has fallen since it was queued is queued again; training
/// stops at the vocabulary's size or when the best pair is rarer than `minimumFrequency`. Its tie rules are ids only, so
/// the order of words does not matter.
struct BytePairTrainer {
    /// Two neighbouring ids, ordered as a pair.
    private struct Pair: Hashable, Comparable {
        let left: Int32
        let right: Int32
        static func < (a: Pair, b: Pair) -> Bool { a.left != b.left ? a.left < b.left : a.right < b.right }
    }

    /// A pair waiting to be merged in the words where it was seen.
    private struct Candidate {
        let pair: Pair
        var count: Int
        let words: [Int]

        func isBefore(_ other: Candidate) -> Bool {
            count != other.count ? count > other.count : pair < other.pair
        }
    }

    private var words: [[Int32]]
    private let wordCounts: [Int]
    private let vocabularySize: Int
    private let minimumFrequency: Int

    /// - Parameter words: words as ids of single bytes, with how often each occurs.
    init(words: [(ids: [Int32], count: Int)], vocabularySize: Int, minimumFrequency: Int) {
        self.words = words.map(\.ids)
        wordCounts = words.map(\.count)
        self.vocabularySize = vocabularySize
        self.minimumFrequency = minimumFrequency
    }

    /// The merges in order; `tokens` holds the bytes of every id and grows by one for each new token.
    mutating func train(tokens: inout [[UInt8]]) -> [BytePairMerge] {
        var known: [[UInt8]: Int32] = [:]
        for (id, token) in tokens.enumerated() { known[token] = Int32(id) }
        var pairCounts: [Pair: Int] = [:]
        var queue = PriorityHeap<Candidate> { $0.isBefore($1) }
        var places = PairPlaces<Pair>()
        for (number, word) in words.enumerated() {
            for (left, right) in zip(word, word.dropFirst()) {
                let pair = Pair(left: left, right: right)
                pairCounts[pair, default: 0] += wordCounts[number]
                places.insert(number, for: pair)
            }
        }
        for (pair, positions) in places.drain() {
            queue.push(Candidate(pair: pair, count: pairCounts[pair, default: 0], words: positions))
        }

        var merges: [BytePairMerge] = []
        while tokens.count < vocabularySize, var top = queue.pop() {
            let current = pairCounts[top.pair, default: 0]
            if top.count != current {
                top.count = current
                queue.push(top)
                continue
            }
            if top.count < 1 || top.count < minimumFrequency { break }
            let joined = tokens[Int(top.pair.left)] + tokens[Int(top.pair.right)]
            let id: Int32
            if let existing = known[joined] {
                id = existing
            } else {
                id = Int32(tokens.count)
                tokens.append(joined)
                known[joined] = id
            }
            merges.append(BytePairMerge(left: top.pair.left, right: top.pair.right, result: id))
            for number in top.words {
                for (pair, change) in merge(top.pair, into: id, word: number) {
                    pairCounts[pair, default: 0] += change * wordCounts[number]
                    if change > 0 { places.insert(number, for: pair) }
                }
            }
            for (pair, positions) in places.drain() {
                let count = pairCounts[pair, default: 0]
                if count > 0 { queue.push(Candidate(pair: pair, count: count, words: positions)) }
            }
        }
        return merges
    }

    /// Replaces a pair from left to right and returns how the counts of the neighbouring pairs change.
    ///
    /// The left neighbour of a second replacement is the first one's result, as in the trainer this one follows.
    private mutating func merge(_ pair: Pair, into id: Int32, word number: Int) -> [(Pair, Int)] {
        let old = words[number]
        var new: [Int32] = []
        new.reserveCapacity(old.count)
        var changes: [(Pair, Int)] = []
        var position = 0
        while position < old.count {
            guard old[position] == pair.left, position + 1 < old.count, old[position + 1] == pair.right else {
                new.append(old[position])
                position += 1
                continue
            }
            if let before = new.last {
                changes.append((Pair(left: before, right: pair.left), -1))
                changes.append((Pair(left: before, right: id), 1))
            }
            new.append(id)
            position += 2
            if position < old.count {
                changes.append((Pair(left: pair.right, right: old[position]), -1))
                changes.append((Pair(left: id, right: old[position]), 1))
            }
        }
        words[number] = new
        return changes
    }
}

/// One learned merge: two ids become a third.
struct BytePairMerge: Hashable, Sendable {
    let left: Int32
    let right: Int32
    let result: Int32
}

/// In which words each pair was seen, drained in order of first sight.
private struct PairPlaces<Pair: Hashable> {
    private var slots: [Pair: Int] = [:]
    private var entries: [(pair: Pair, words: [Int])] = []

    /// Notes word `number`; numbers of one pair must not descend between drains.
    mutating func insert(_ number: Int, for pair: Pair) {
        if let slot = slots[pair] {
            if entries[slot].words.last != number { entries[slot].words.append(number) }
        } else {
            slots[pair] = entries.count
            entries.append((pair, [number]))
        }
    }

    mutating func drain() -> [(pair: Pair, words: [Int])] {
        defer {
            slots.removeAll(keepingCapacity: true)
            entries.removeAll(keepingCapacity: true)
        }
        return entries
    }
}
