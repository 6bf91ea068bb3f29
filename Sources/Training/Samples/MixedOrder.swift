import Determinism

/// Which row stands at which place of a training that draws from several sources: a pure function of the place, so that one integer
/// is the whole cursor.
///
/// A stage's pattern says whose turn a place is; each source goes through its own rows in its own keyed permutations, an epoch after the
/// other, also from stage to stage.
package struct MixedOrder: Sendable {
    private struct Stage: Sendable {
        let firstPlace: Int
        let pattern: SharePattern
        /// Rows that each source gave in the stages before.
        let before: [Int]
    }

    private let stages: [Stage]
    private let orders: [SampleOrder]
    /// The number of each source's first row.
    private let offsets: [Int]

    /// - Parameters:
    ///   - rows: the numbers of each source's rows, none empty.
    ///   - batch: places of a step.
    package init(_ mixture: Mixture, rows: [Range<Int>], batch: Int, seed: UInt64) {
        precondition(rows.count == mixture.sources.count)
        offsets = rows.map(\.lowerBound)
        orders = zip(rows, mixture.sources).enumerated().map { number, source in
            // The first source alone is a training without a mixture.
            SampleOrder(
                count: source.0.count, seed: seed, purpose: number == 0 ? "train.order" : "train.order/\(source.1.name)"
            )
        }
        var before = rows.map { _ in 0 }
        var stages: [Stage] = []
        for stage in mixture.stages {
            let place = (stage.firstStep - 1) * batch
            if let last = stages.last {
                before = zip(before, last.pattern.turns(before: place - last.firstPlace)).map { $0 + $1 }
            }
            stages.append(Stage(firstPlace: place, pattern: SharePattern(stage.shares), before: before))
        }
        self.stages = stages
    }

    /// The order of `count` rows of one source.
    package init(count: Int, seed: UInt64) {
        offsets = [0]
        orders = [SampleOrder(count: count, seed: seed)]
        stages = [Stage(firstPlace: 0, pattern: SharePattern([1]), before: [0])]
    }

    /// The numbers of the rows at `places`.
    package func rows(at places: Range<Int>) -> [Int] {
        let turns = places.map(turn)
        var rows = orders.map { _ in [Int]() }
        for source in orders.indices {
            // Of one source, the rows of neighbouring places follow each other.
            let own = turns.filter { $0.source == source }.map(\.number)
            guard let first = own.first, let last = own.last else { continue }
            rows[source] = orders[source].samples(at: first..<last + 1)
        }
        var next = orders.map { _ in 0 }
        return turns.map { turn in
            defer { next[turn.source] += 1 }
            return offsets[turn.source] + rows[turn.source][next[turn.source]]
        }
    }

    /// How many of `places` each source has.
    package func counts(at places: Range<Int>) -> [Int] {
        var counts = orders.map { _ in 0 }
        for place in places { counts[turn(place).source] += 1 }
        return counts
    }

    /// Whose turn a place is, and how many rows that source gave before.
    private func turn(_ place: Int) -> (source: Int, number: Int) {
        // There are few stages.
        guard let stage = stages.last(where: { $0.firstPlace <= place }) else {
            preconditionFailure("places count from 0")
        }
        let (source, before) = stage.pattern[place - stage.firstPlace]
        return (source, stage.before[source] + before)
    }
}
