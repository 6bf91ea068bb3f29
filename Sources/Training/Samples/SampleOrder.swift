import Determinism

/// Which sample stands at which place of a training: a keyed permutation per epoch, so that the order is a pure function of the
/// place and one integer is the whole cursor.
public struct SampleOrder: Sendable {
    /// How many samples an epoch holds.
    public let count: Int
    private let field: RandomField

    /// The order of `count` samples in a run seeded with `seed`; `purpose` tells apart sets of samples of one run.
    ///
    /// - Precondition: `count` is positive.
    public init(count: Int, seed: UInt64, purpose: String = "train.order") {
        precondition(count > 0)
        self.count = count
        field = RandomField(seed: seed, purpose: RandomPurpose(purpose))
    }

    /// The samples at `places`, ascending; places count from the start of the training.
    public func samples(at places: Range<Int>) -> [Int] {
        var permutation: (epoch: Int, order: KeyedPermutation)?
        return places.map { place in
            let epoch = place / count
            if let permutation, permutation.epoch == epoch { return permutation.order[place % count] }
            let order = KeyedPermutation(count: count, field: field, epoch: UInt32(truncatingIfNeeded: epoch))
            permutation = (epoch, order)
            return order[place % count]
        }
    }
}
