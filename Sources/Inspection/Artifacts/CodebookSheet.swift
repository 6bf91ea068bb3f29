import Pictures
import Tokenization

/// The codebook of an image tokenizer as a grid of patches.
enum CodebookSheet {
    /// Codes in a row.
    private static let columns = 32
    /// Codes of a sheet.
    private static let codes = 4096
    /// Pixels a patch is at least wide.
    private static let leastWidth = 24

    /// All codes in order from the top left, each row with the number of its first code above it.
    ///
    /// Plain codewords: what the decoder adds depends on a code's neighbours.
    static func make(_ tokenizer: VQImageTokenizer) -> ContactSheet {
        let width = tokenizer.patchWidth
        let cells = (0..<min(codes, tokenizer.codeCount)).map { code in
            let pixels = tokenizer.codebook[code * width..<(code + 1) * width].map { value in
                UInt8(max(0, min(255, (value * 128 + 128).rounded(.toNearestOrEven))))
            }
            return ContactSheet.Cell(
                PixelImage(
                    width: tokenizer.patch, height: tokenizer.patch, channels: tokenizer.channels, interleaved: pixels))
        }
        var sheet = ContactSheet(cells, columns: columns)
        sheet.headings = sheet.rows.indices.map { "code \($0 * columns)" }
        sheet.gap = 2
        // Codes are often white, or end in white.
        sheet.background = PixelColor(red: 200, green: 200, blue: 200)
        sheet.scale = max(1, (leastWidth + tokenizer.patch - 1) / tokenizer.patch)
        return sheet
    }
}
