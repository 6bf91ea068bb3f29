import Kernels

// n points, D numbers of a point, K codes.

/// Finds the nearest entry of a codebook: the least |c|² - 2·x·c, among equals the lowest index.
///
/// x·c is the fp32 chain of the numerics contract, d ascending, so the answer is the same on every machine.
struct CodeSearch {
    /// Points of one matrix product.
    private static let blockPoints = 1024
    private static let lanes = 16

    private let kernels: Kernels
    /// `[D, K']`, K' being K padded to whole lanes with zeros.
    private let transposed: FloatBuffer
    private let width: Int
    private let count: Int
    private let paddedCount: Int
    /// |c|², infinite in the padding so that it is never chosen.
    private let squares: [SIMD16<Float>]

    /// - Parameter codebook: `[K, D]`, row-major.
    init(codebook: [Float], width: Int) throws {
        self.init(codebook: codebook, width: width, kernels: try Kernels.current())
    }

    init(codebook: [Float], width: Int, kernels: Kernels) {
        self.kernels = kernels
        self.width = width
        count = codebook.count / width
        paddedCount = (count + Self.lanes - 1) / Self.lanes * Self.lanes
        transposed = FloatBuffer(count: width * paddedCount)
        var squares = [SIMD16<Float>](repeating: SIMD16(repeating: .infinity), count: paddedCount / Self.lanes)
        for code in 0..<count {
            var sum: Float = 0
            for i in 0..<width {
                let value = codebook[code * width + i]
                transposed[i * paddedCount + code] = value
                sum = sum.addingProduct(value, value)
            }
            squares[code / Self.lanes][code % Self.lanes] = sum
        }
        self.squares = squares
    }

    /// The nearest entries of points `[n, D]` given as pixels.
    func nearest(_ points: [UInt8]) -> [Int32] {
        let total = points.count / width
        var result: [Int32] = []
        result.reserveCapacity(total)
        let block = min(Self.blockPoints, max(1, total))
        let inputs = FloatBuffer(count: block * width)
        let scores = FloatBuffer(count: block * paddedCount)
        for start in stride(from: 0, to: total, by: block) {
            let rows = min(block, total - start)
            inputs.withUnsafeMutableBufferPointer { target in
                points.withUnsafeBufferPointer { source in
                    for i in 0..<rows * width { target[i] = PatchGrid.normalized(source[start * width + i]) }
                }
            }
            kernels.matmul(
                .plain(inputs[0..<rows * width]), .plain(transposed.all), into: scores[0..<rows * paddedCount],
                rows: rows,
                columns: paddedCount, inner: width)
            scores.withUnsafeBufferPointer { scores in
                for row in 0..<rows { result.append(lowest(scores, from: row * paddedCount)) }
            }
        }
        return result
    }

    /// The index of the least score of one row.
    private func lowest(_ products: UnsafeBufferPointer<Float>, from start: Int) -> Int32 {
        var best = SIMD16<Float>(repeating: .infinity)
        var group = SIMD16<Int32>(repeating: 0)
        for (index, square) in squares.enumerated() {
            var product = SIMD16<Float>()
            for lane in 0..<Self.lanes { product[lane] = products[start + index * Self.lanes + lane] }
            let score = square - 2 * product
            // Strictly less: an earlier group wins a tie.
            let isLess = score .< best
            best.replace(with: score, where: isLess)
            group.replace(with: SIMD16(repeating: Int32(index)), where: isLess)
        }
        let least = best.min()
        var winner = Int32.max
        for lane in 0..<Self.lanes where best[lane] == least {
            winner = min(winner, group[lane] * Int32(Self.lanes) + Int32(lane))
        }
        return winner
    }
}
