/// Pieces of text that were encoded before, with their ids.
///
/// Open addressing over a hash of the bytes; pieces are told apart by content. It is emptied when it is full, and decides nothing but speed.
struct PieceTable {
    private struct Entry {
        let hash: UInt64
        let start: Int
        let length: Int
        let firstID: Int
        let idCount: Int
    }

    /// Pieces longer than this are rarely met twice.
    private static let longest = 64
    private static let limit = 1 << 15

    /// Index + 1 of entries; 0 is free.
    private var slots = [UInt32](repeating: 0, count: 1 << 16)
    private var entries: [Entry] = []
    private var bytes: [UInt8] = []
    private var ids: [Int32] = []

    /// Appends the ids of a piece that is known; returns whether it is.
    func append(_ text: [UInt8], _ piece: Range<Int>, to result: inout [Int32]) -> Bool {
        guard piece.count <= Self.longest else { return false }
        let hash = Self.hash(text, piece)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 {
            let entry = entries[Int(slots[slot]) - 1]
            if entry.hash == hash, entry.length == piece.count, isEqual(text, piece, entry) {
                for place in entry.firstID..<entry.firstID + entry.idCount { result.append(ids[place]) }
                return true
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        return false
    }

    /// Keeps the ids of a piece that is not known yet.
    mutating func insert(_ text: [UInt8], _ piece: Range<Int>, ids new: ArraySlice<Int32>) {
        guard piece.count <= Self.longest else { return }
        if entries.count == Self.limit { self = PieceTable() }
        let hash = Self.hash(text, piece)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        entries.append(
            Entry(hash: hash, start: bytes.count, length: piece.count, firstID: ids.count, idCount: new.count))
        slots[slot] = UInt32(entries.count)
        bytes += text[piece]
        ids += new
    }

    private func isEqual(_ text: [UInt8], _ piece: Range<Int>, _ entry: Entry) -> Bool {
        for offset in 0..<entry.length where text[piece.lowerBound + offset] != bytes[entry.start + offset] {
            return false
        }
        return true
    }

    private static func hash(_ text: [UInt8], _ piece: Range<Int>) -> UInt64 {
        var state: UInt64 = 0xCBF2_9CE4_8422_2325
        for place in piece { state = (state ^ UInt64(text[place])) &* 0x100_0000_01B3 }
        return state ^ state >> 32
    }
}
