/// The order in which sources take turns so that each has had its share to less than one turn, after any number of turns.
///
/// The pattern repeats with as many turns as the shares add up to, in which every source has exactly its share.
///
/// - Source: the chairman assignment problem, R. Tijdeman, Discrete Mathematics 32 (1980): of the sources that are behind by at least
///   1/(2k-2), k being their number, the one whose delay would be the first to exceed 1 - 1/(2k-2).
package struct SharePattern: Sendable {
    /// How many turns each source has in the pattern.
    package let shares: [Int]
    /// The source of each turn, and how many turns it had before in the pattern.
    private let turns: [(source: Int32, before: Int32)]

    /// A pattern for shares of which at least one is positive.
    ///
    /// - Complexity: O(sum of shares · sources).
    package init(_ shares: [Int]) {
        self.shares = shares
        let total = shares.reduce(0, +)
        precondition(total > 0 && shares.allSatisfy { $0 >= 0 }, "shares are not negative and not all zero")
        let active = shares.indices.filter { shares[$0] > 0 }
        // In units of 1 / (divisor · total) of a turn.
        let divisor = max(1, 2 * active.count - 2)
        var had = [Int](repeating: 0, count: shares.count)
        turns = (1...total).map { turn in
            var best: Int?
            for source in active {
                let behind = divisor * (shares[source] * turn - had[source] * total)
                guard active.count == 1 || behind >= total else { continue }
                if let other = best {
                    // When it must have had its turn: ((had + 1) · divisor - 1) · total / (divisor · share).
                    let mine = ((had[source] + 1) * divisor - 1) * shares[other]
                    guard mine < ((had[other] + 1) * divisor - 1) * shares[source] else { continue }
                }
                best = source
            }
            guard let best else { preconditionFailure("at every turn a source is behind") }
            had[best] += 1
            return (Int32(best), Int32(had[best] - 1))
        }
    }

    /// Turns of the pattern.
    package var count: Int { turns.count }

    /// The source of turn `turn`, counted from 0, and how many turns it had before.
    package subscript(turn: Int) -> (source: Int, before: Int) {
        let (round, place) = turn.quotientAndRemainder(dividingBy: count)
        let (source, before) = turns[place]
        return (Int(source), round * shares[Int(source)] + Int(before))
    }

    /// How many of the first `count` turns each source has.
    package func turns(before count: Int) -> [Int] {
        let (rounds, rest) = count.quotientAndRemainder(dividingBy: self.count)
        var result = shares.map { $0 * rounds }
        for turn in turns.prefix(rest) { result[Int(turn.source)] += 1 }
        return result
    }
}
