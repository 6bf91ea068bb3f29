/// Patches met so far, each different one once, with how often it was met.
///
/// Most patches of a simulated or tripod-mounted camera repeat exactly; codes are fitted and searched for different ones only.
/// Patches are told apart by content; a hash only finds candidates.
struct PatchCollection {
    /// Bytes of a patch.
    let width: Int
    /// The different patches in order of first sight, `[n, width]`.
    private(set) var pixels: [UInt8] = []
    /// How often each was met.
    private(set) var counts: [Int] = []
    /// Index + 1 by hash, open addressing; 0 is free.
    private var table: [UInt32]

    init(width: Int) {
        self.width = width
        table = [UInt32](repeating: 0, count: 1 << 12)
    }

    /// Number of different patches.
    var count: Int { counts.count }

    /// Adds patches `[n, width]` and returns the index of each among the different ones.
    mutating func add(_ patches: [UInt8]) -> [Int32] {
        var indices: [Int32] = []
        let total = patches.count / width
        indices.reserveCapacity(total)
        patches.withUnsafeBufferPointer { source in
            for number in 0..<total {
                let patch = UnsafeBufferPointer(rebasing: source[number * width..<(number + 1) * width])
                indices.append(Int32(add(patch)))
            }
        }
        return indices
    }

    private mutating func add(_ patch: UnsafeBufferPointer<UInt8>) -> Int {
        if 2 * (count + 1) > table.count { grow() }
        let mask = table.count - 1
        var slot = Int(truncatingIfNeeded: Self.hash(patch)) & mask
        while table[slot] != 0 {
            let index = Int(table[slot]) - 1
            if isEqual(patch, index) {
                counts[index] += 1
                return index
            }
            slot = (slot + 1) & mask
        }
        table[slot] = UInt32(count + 1)
        pixels.append(contentsOf: patch)
        counts.append(1)
        return count - 1
    }

    private func isEqual(_ patch: UnsafeBufferPointer<UInt8>, _ index: Int) -> Bool {
        pixels.withUnsafeBufferPointer { known in
            UnsafeBufferPointer(rebasing: known[index * width..<(index + 1) * width]).elementsEqual(patch)
        }
    }

    private mutating func grow() {
        table = [UInt32](repeating: 0, count: table.count * 4)
        let mask = table.count - 1
        pixels.withUnsafeBufferPointer { known in
            for index in 0..<counts.count {
                let patch = UnsafeBufferPointer(rebasing: known[index * width..<(index + 1) * width])
                var slot = Int(truncatingIfNeeded: Self.hash(patch)) & mask
                while table[slot] != 0 { slot = (slot + 1) & mask }
                table[slot] = UInt32(index + 1)
            }
        }
    }

    /// A multiplicative hash, eight bytes at a time; it decides nothing but speed.
    private static func hash(_ patch: UnsafeBufferPointer<UInt8>) -> UInt64 {
        let raw = UnsafeRawBufferPointer(patch)
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        var offset = 0
        while offset + 8 <= raw.count {
            state = (state ^ raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0xD6E8_FEB8_6659_FD93
            state ^= state >> 32
            offset += 8
        }
        while offset < raw.count {
            state = (state ^ UInt64(raw[offset])) &* 0xD6E8_FEB8_6659_FD93
            state ^= state >> 32
            offset += 1
        }
        return state ^ state >> 29
    }
}
