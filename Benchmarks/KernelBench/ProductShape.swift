// R rows of a leaf, N width, F hidden width, V vocabulary.

/// A matrix product that training does.
struct ProductShape {
    let name: String
    let transposedA: Bool
    let transposedB: Bool
    let m: Int
    let n: Int
    let k: Int

    var operations: Double { 2 * Double(m * n * k) }

    /// Sixty shapes: of four widths the five linear maps, each forward, back and as gradient of its weights.
    static let training: [ProductShape] = [128, 256, 512, 768].flatMap { width -> [ProductShape] in
        let rows = width == 128 ? 1024 : 2048
        let hidden = (width * 8 / 3 + 31) / 32 * 32
        // The head meets 256 rows at a time.
        let maps = [
            ("query", rows, width, width), ("key of half the heads", rows, width, width / 2),
            ("gate", rows, width, hidden), ("down", rows, hidden, width), ("head", 256, width, 4096),
        ]
        return maps.flatMap { name, rows, inputs, outputs in
            [
                ProductShape(
                    name: "\(name) forward", transposedA: false, transposedB: true, m: rows, n: outputs, k: inputs),
                ProductShape(
                    name: "\(name) back", transposedA: false, transposedB: false, m: rows, n: inputs, k: outputs),
                ProductShape(
                    name: "\(name) gradient", transposedA: true, transposedB: false, m: outputs, n: inputs, k: rows),
            ]
        }
    }
}
