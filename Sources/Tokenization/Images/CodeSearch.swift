/// Finds the nearest entry of a codebook: the least |c|² - 2·x·c, among equals the lowest index.
struct CodeSearch {
    private let codebook: [Float]
    private let width: Int
    private let squares: [Float]

    /// - Parameter codebook: `[K, width]`, row-major.
    init(codebook: [Float], width: Int) {
        self.codebook = codebook
        self.width = width
        squares = stride(from: 0, to: codebook.count, by: width).map { start in
            var sum: Float = 0
            for i in start..<start + width { sum = sum.addingProduct(codebook[i], codebook[i]) }
            return sum
        }
    }

    /// The nearest entries of patches `[n, width]`.
    func nearest(_ patches: [UInt8]) -> [Int32] {
        stride(from: 0, to: patches.count, by: width).map { start in
            let patch = patches[start..<start + width].map(PatchGrid.normalized)
            var best = (score: Float.infinity, index: Int32(0))
            for (index, square) in squares.enumerated() {
                var dot: Float = 0
                for i in 0..<width { dot = dot.addingProduct(patch[i], codebook[index * width + i]) }
                let score = square - 2 * dot
                if score < best.score { best = (score, Int32(index)) }
            }
            return best.index
        }
    }
}
