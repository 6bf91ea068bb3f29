/// Divides episodes into contiguous runs of about equal bytes.
public enum ShardPartition {
    /// Ranges of positions, one per shard; none is empty while there are at least as many episodes as shards.
    ///
    /// Episode `i` goes to the shard in which the middle of its bytes falls.
    /// - Precondition: `shards` is positive.
    public static func ranges(bytes: [Int], shards: Int) -> [Range<Int>] {
        precondition(shards > 0, "at least one shard")
        let total = bytes.reduce(0, +)
        var ends: [Int] = []
        var position = 0
        var before = 0
        for shard in 0..<shards {
            let left = shards - shard - 1
            let limit = total * (shard + 1) / shards
            let first = position
            while position < bytes.count - left
                && (position == first || before + bytes[position] / 2 < limit || shard == shards - 1)
            {
                before += bytes[position]
                position += 1
            }
            ends.append(position)
        }
        var start = 0
        return ends.map { end in
            defer { start = end }
            return start..<max(start, end)
        }
    }
}
