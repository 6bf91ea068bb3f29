/// A permutation of `0..<count` that is computed, not stored: a keyed Feistel network with cycle walking.
///
/// - Complexity: O(1) expected per lookup; the domain is at most four times `count`.
public struct KeyedPermutation: Sendable {
    /// How many indices are permuted.
    public let count: Int
    private let halfBits: UInt64
    private let field: RandomField

    /// The permutation of `0..<count` under `field`; `epoch` chooses one of many.
    public init(count: Int, field: RandomField, epoch: UInt32) {
        precondition(count > 0)
        self.count = count
        self.field = field
        self.epoch = epoch
        var bits: UInt64 = 1
        while (1 << (2 * bits)) < UInt64(count) { bits += 1 }
        halfBits = bits
    }

    private let epoch: UInt32

    /// Where index `position` of the permuted order comes from.
    public subscript(position: Int) -> Int {
        precondition(position >= 0 && position < count)
        var value = UInt64(position)
        repeat { value = scramble(value) } while value >= UInt64(count)
        return Int(value)
    }

    private func scramble(_ value: UInt64) -> UInt64 {
        let mask = (UInt64(1) << halfBits) - 1
        var left = value >> halfBits
        var right = value & mask
        for round in UInt32(0)..<6 {
            let mixed = field.block(epoch, round, position: right)
            (left, right) = (right, left ^ (UInt64(mixed.x) & mask))
        }
        return left << halfBits | right
    }
}
