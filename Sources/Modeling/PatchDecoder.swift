import Kernels

// R rows and C columns of patches, S patch side in pixels, K codewords, W side of the neighbourhood in patches, E embedding width,
// H hidden width.

/// Turns a grid of image codes into pixels: each patch's codeword plus a correction computed from it and its neighbours.
///
/// Neighbours tell where an edge lies more exactly than a patch's own code does. An embedding of each of the W·W codes goes through one
/// gated layer; what lies outside the picture has an embedding of its own. Codes whose patches were all met exactly, as those of a
/// background, are shown as they are.
public struct PatchDecoder: Sendable {
    /// Number of codewords.
    public let codes: Int
    /// Side of a patch in pixels.
    public let patch: Int
    let shape: Shape
    /// Codewords `[K, S · S · 3]` in 0...255, and all weights in the order of ``Shape``.
    let codebook: FloatBuffer
    let weights: FloatBuffer
    /// Which codes get a correction, `[K]`.
    let corrected: [Bool]
    let kernels: Kernels

    /// Where the parts of the flat weights lie.
    struct Shape: Hashable, Sendable {
        let codes: Int
        let pixels: Int
        /// Patches of a side of the neighbourhood; odd.
        let side: Int
        let hidden: Int
        let embedding = 32

        var neighbours: Int { side * side }
        var inputs: Int { neighbours * embedding }
        /// `[K + 1, E]`, the last row for outside.
        var embeddings: Range<Int> { 0..<(codes + 1) * embedding }
        var first: Range<Int> { embeddings.upperBound..<embeddings.upperBound + hidden * inputs }
        var firstBias: Range<Int> { first.upperBound..<first.upperBound + hidden }
        var second: Range<Int> { firstBias.upperBound..<firstBias.upperBound + pixels * hidden }
        var secondBias: Range<Int> { second.upperBound..<second.upperBound + pixels }
        var count: Int { secondBias.upperBound }
    }

    /// The decoder that shows plain codewords.
    ///
    /// - Parameter codebook: `[K, S · S · 3]`, rows of pixels with three channels each, in 0...255.
    /// - Throws: ``ModelingError`` when the sizes disagree.
    public init(codebook: [Float], patch: Int) throws {
        let pixels = patch * patch * 3
        guard patch > 0, !codebook.isEmpty, codebook.count % max(1, pixels) == 0, codebook.count / pixels <= 65535
        else {
            throw ModelingError(
                .shape,
                "a codebook of \(codebook.count) values is not 1...65535 patches of \(patch)x\(patch) pixels with 3 channels"
            )
        }
        let shape = Shape(codes: codebook.count / pixels, pixels: pixels, side: 1, hidden: 1)
        try self.init(
            shape, patch: patch, codebook: FloatBuffer(codebook), weights: FloatBuffer(count: shape.count),
            corrected: [Bool](repeating: false, count: shape.codes), kernels: Kernels.current())
    }

    init(
        _ shape: Shape, patch: Int, codebook: FloatBuffer, weights: FloatBuffer, corrected: [Bool], kernels: Kernels
    ) {
        self.corrected = corrected
        codes = shape.codes
        self.patch = patch
        self.shape = shape
        self.codebook = codebook
        self.weights = weights
        self.kernels = kernels
    }

    /// The picture of a grid.
    ///
    /// - Shapes: grid `[R, C]` → RGB `[R · S, C · S, 3]`.
    /// - Throws: ``ModelingError`` for a grid of another size or a code outside the codebook.
    public func decode(_ grid: [UInt16], rows: Int, columns: Int) throws -> [UInt8] {
        try check(grid, rows: rows, columns: columns)
        let places = grid.indices.filter { corrected[Int(grid[$0])] }
        let pass = places.isEmpty ? nil : Pass(shape, patches: places.count)
        // Where the corrections of each patch begin.
        var corrections = [Int?](repeating: nil, count: grid.count)
        for (number, index) in places.enumerated() {
            pass?.setCodes(of: number, to: neighbourhood(grid, rows, columns, index / columns, index % columns))
            corrections[index] = number * shape.pixels
        }
        pass?.forward(weights, kernels)
        let side = patch * 3
        let width = columns * side
        var picture = [UInt8](repeating: 0, count: rows * patch * width)
        for (index, code) in grid.enumerated() {
            let corner = index / columns * patch * width + index % columns * side
            for y in 0..<patch {
                for x in 0..<side {
                    var value = codebook[Int(code) * shape.pixels + y * side + x]
                    if let pass, let start = corrections[index] { value += 255 * pass.output[start + y * side + x] }
                    picture[corner + y * width + x] = UInt8(min(max(value, 0), 255).rounded(.toNearestOrEven))
                }
            }
        }
        return picture
    }

    func check(_ grid: [UInt16], rows: Int, columns: Int) throws {
        guard rows > 0, columns > 0, grid.count == rows * columns else {
            throw ModelingError(.shape, "a grid of \(grid.count) codes is not \(rows)x\(columns)")
        }
        if let code = grid.first(where: { Int($0) >= codes }) {
            throw ModelingError(.shape, "image code \(code) is outside the codebook of \(codes)")
        }
    }

    /// The codes around (row, column), row by row; what is outside counts as code K.
    func neighbourhood(_ grid: [UInt16], _ rows: Int, _ columns: Int, _ row: Int, _ column: Int) -> [Int] {
        var result: [Int] = []
        let reach = shape.side / 2
        for y in row - reach...row + reach {
            for x in column - reach...column + reach {
                let inside = y >= 0 && y < rows && x >= 0 && x < columns
                result.append(inside ? Int(grid[y * columns + x]) : codes)
            }
        }
        return result
    }
}

extension PatchDecoder {
    /// Buffers of one forward (and backward) pass over many patches.
    final class Pass {
        let shape: Shape
        let patches: Int
        var codes: [Int]
        let input: FloatView  // [P, W · W · E]
        let hidden: FloatView  // [P, H]
        let activated: FloatView  // [P, H]
        let output: FloatView  // [P, S · S · 3]

        init(_ shape: Shape, patches: Int) {
            self.shape = shape
            self.patches = patches
            codes = Array(repeating: 0, count: patches * shape.neighbours)
            input = FloatBuffer(count: patches * shape.inputs).all
            hidden = FloatBuffer(count: patches * shape.hidden).all
            activated = FloatBuffer(count: patches * shape.hidden).all
            output = FloatBuffer(count: patches * shape.pixels).all
        }

        func setCodes(of patch: Int, to neighbourhood: [Int]) {
            codes.replaceSubrange(patch * shape.neighbours..<(patch + 1) * shape.neighbours, with: neighbourhood)
        }

        /// Chains of both layers start from the biases.
        func forward(_ weights: FloatBuffer, _ kernels: Kernels) {
            let e = shape.embedding
            for (slot, code) in codes.enumerated() {
                input[slot * e..<(slot + 1) * e].copy(from: weights[code * e..<(code + 1) * e])
            }
            for row in 0..<patches {
                hidden[row * shape.hidden..<(row + 1) * shape.hidden].copy(from: weights[shape.firstBias])
                output[row * shape.pixels..<(row + 1) * shape.pixels].copy(from: weights[shape.secondBias])
            }
            kernels.matmul(
                .plain(input), .transposed(weights[shape.first]), into: hidden, rows: patches, columns: shape.hidden,
                inner: shape.inputs, accumulating: true)
            kernels.silu(hidden, into: activated)
            kernels.matmul(
                .plain(activated), .transposed(weights[shape.second]), into: output, rows: patches,
                columns: shape.pixels,
                inner: shape.hidden, accumulating: true)
        }
    }
}
