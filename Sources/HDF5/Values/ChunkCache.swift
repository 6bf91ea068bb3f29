import Synchronization

/// Expanded chunks that were read in part, so that rows of one chunk expand it once, in whatever order they are asked for.
///
/// Chunks that are read whole never come here: reading in order holds none.
final class ChunkCache: Sendable {
    /// Bytes that are kept at most.
    static let limit = 256 << 20

    private struct Entry {
        let bytes: [UInt8]
        /// When it was asked for last.
        var turn: UInt64
    }

    private struct State {
        /// By address in the file.
        var entries: [UInt64: Entry] = [:]
        var total = 0
        var turn: UInt64 = 0
    }

    private let state = Mutex(State())

    /// The expanded chunk at `address`, which `expand` makes when it is not known.
    func chunk(at address: UInt64, _ expand: () throws(HDF5Error) -> [UInt8]) throws(HDF5Error) -> [UInt8] {
        let known = state.withLock { state -> [UInt8]? in
            state.turn += 1
            state.entries[address]?.turn = state.turn
            return state.entries[address]?.bytes
        }
        if let known { return known }
        // Two threads may expand the same chunk; both get it right.
        let bytes = try expand()
        guard bytes.count <= Self.limit / 4 else { return bytes }
        state.withLock { state in
            if state.total + bytes.count > Self.limit { Self.makeRoom(&state) }
            let before = state.entries.updateValue(Entry(bytes: bytes, turn: state.turn), forKey: address)
            state.total += bytes.count - (before?.bytes.count ?? 0)
        }
        return bytes
    }

    /// Forgets the chunks that were not asked for longest, half of the bytes, so that looking for them is rare.
    private static func makeRoom(_ state: inout State) {
        for (address, entry) in state.entries.sorted(by: { $0.value.turn < $1.value.turn })
        where state.total > limit / 2 {
            state.entries[address] = nil
            state.total -= entry.bytes.count
        }
    }
}
