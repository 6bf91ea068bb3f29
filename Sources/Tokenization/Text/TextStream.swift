/// Encodes a text that arrives in parts: an id is given out as soon as nothing that follows can change it.
///
/// - Invariant: the ids of all parts, then those of ``finish()``, are those of the whole text at once, wherever it was cut.
public struct TextStream: Sendable {
    private let tokenizer: ByteLevelBPE
    /// Bytes of the longest special token's name.
    private let longestName: Int
    private var waiting: [UInt8] = []
    private var known = PieceTable()

    /// A contraction is decided by at most so many bytes behind its apostrophe.
    private static let contractionBytes = 5
    private static let characterBytes = 4

    public init(_ tokenizer: ByteLevelBPE) {
        self.tokenizer = tokenizer
        longestName = tokenizer.specialTokens.map(\.name.utf8.count).max() ?? 0
    }

    /// The ids that are certain now.
    ///
    /// What waits is at most the last piece with what belongs to its decision: a run of blanks and the start of the next word.
    ///
    /// - Parameter bytes: the next part, which may end inside a character.
    public mutating func append(_ bytes: [UInt8]) -> [Int32] {
        waiting += bytes
        return take(all: false)
    }

    public mutating func append(_ text: String) -> [Int32] { append(Array(text.utf8)) }

    /// The remaining ids; the next part begins another text.
    public mutating func finish() -> [Int32] { take(all: true) }

    private mutating func take(all: Bool) -> [Int32] {
        var ids: [Int32] = []
        var taken = 0
        stretches: for stretch in ByteLevelBPE.stretches(of: waiting, around: tokenizer.specialTokens) {
            switch stretch {
            case .special(let id):
                // A longer name may begin here.
                guard all || taken + longestName <= waiting.count else { break stretches }
                ids.append(id)
                taken += tokenizer.tokens[Int(id)].count
            case .bytes(let bytes):
                // A text before a special token ends there, once no longer name can begin in it.
                let isWhole =
                    all || taken + bytes.count + longestName <= waiting.count && taken + bytes.count < waiting.count
                let pieces = PieceScanner(bytes, tokenizer.splitting).piecesAndBlanks()
                let reliable = waiting.count - taken - max(longestName, Self.characterBytes)
                let certain = isWhole ? pieces.count : Self.certain(pieces, reliable)
                for (piece, _) in pieces.prefix(certain) {
                    tokenizer.appendIDs(ofPiece: piece, of: bytes, &known, to: &ids)
                    taken += piece.count
                }
                if certain < pieces.count { break stretches }
            }
        }
        waiting.removeFirst(taken)
        return ids
    }

    /// How many pieces stay as they are whatever follows: behind each of them, something that is no blank begins another one.
    ///
    /// - Parameter reliable: where bytes begin that may be half a character, or the beginning of a special token's name.
    private static func certain(_ pieces: [(piece: Range<Int>, isBlank: Bool)], _ reliable: Int) -> Int {
        pieces.lastIndex { !$0.isBlank && $0.piece.lowerBound + contractionBytes <= reliable } ?? 0
    }
}
