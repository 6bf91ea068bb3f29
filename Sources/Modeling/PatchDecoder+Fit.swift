import Determinism
public import Kernels

// P patches of a step, F frames, S patch side, K codewords, E embedding width, H hidden width.

extension PatchDecoder {
    /// Patches drawn for one step.
    static let batch = 384

    /// Fits the correction to frames and their codes by AdamW on the mean squared error of the patches that get one.
    ///
    /// Which patches a step sees is a pure function of seed and step; the result's bits depend on nothing else but the data.
    ///
    /// - Parameters:
    ///   - grids: codes `[R, C]` of each frame.
    ///   - pixels: RGB `[R · S, C · S, 3]` of each frame.
    ///   - codebook: `[K, S · S · 3]` in 0...255.
    ///   - exact: codes whose codeword is shown as it is; none when absent.
    ///   - side: patches of a side of the neighbourhood; odd.
    ///   - hidden: width of the gated layer.
    ///   - progress: called after each step with its number from 1 and the step's mean squared error in units of 255².
    /// - Throws: ``ModelingError`` when sizes disagree, and what `progress` throws (which is how a fit is cancelled).
    public static func fit(
        grids: [[UInt16]], rows: Int, columns: Int, pixels: [[UInt8]], codebook: [Float], patch: Int,
        exact: [Bool]? = nil, side: Int = 3, hidden: Int = 128, seed: UInt64, steps: Int, kernels: Kernels? = nil,
        progress: (_ step: Int, _ error: Double) throws -> Void = { _, _ in }
    ) throws -> PatchDecoder {
        let plain = try PatchDecoder(codebook: codebook, patch: patch)
        guard grids.count == pixels.count, !grids.isEmpty else {
            throw ModelingError(
                .shape, "\(grids.count) grids of codes for \(pixels.count) frames; give as many, at least one")
        }
        for (frame, grid) in grids.enumerated() {
            try plain.check(grid, rows: rows, columns: columns)
            guard pixels[frame].count == grid.count * plain.shape.pixels else {
                throw ModelingError(
                    .shape,
                    "frame \(frame) has \(pixels[frame].count) bytes; \(rows)x\(columns) patches of \(patch)x\(patch) have "
                        + "\(grid.count * plain.shape.pixels)")
            }
        }
        let corrected = (exact ?? [Bool](repeating: false, count: plain.codes)).map { !$0 }
        guard corrected.count == plain.codes, side > 0, side % 2 == 1, hidden > 0 else {
            throw ModelingError(
                .shape,
                "\(corrected.count) codes of \(plain.codes), a neighbourhood of \(side) and a width of \(hidden)")
        }
        // Background needs no step: what is drawn from are the patches that get a correction.
        var places: [(frame: Int32, index: Int32)] = []
        for (frame, grid) in grids.enumerated() {
            for (index, code) in grid.enumerated() where corrected[Int(code)] {
                places.append((Int32(frame), Int32(index)))
            }
        }
        if places.isEmpty { return plain }
        let shape = Shape(codes: plain.codes, pixels: plain.shape.pixels, side: side, hidden: hidden)
        let decoder = PatchDecoder(
            shape, patch: patch, codebook: plain.codebook, weights: initial(shape, seed: seed), corrected: corrected,
            kernels: kernels ?? plain.kernels)
        let trainer = Trainer(decoder, grids: grids, rows: rows, columns: columns, pixels: pixels)
        let field = RandomField(seed: seed, purpose: RandomPurpose("patches.batch"))
        for step in 1...max(1, steps) where step <= steps {
            var words = field.stream(UInt32(step))
            for slot in 0..<batch {
                let place = places[words.index(below: places.count)]
                trainer.take(slot, frame: Int(place.frame), index: Int(place.index))
            }
            let error = trainer.step(step, of: steps)
            guard error.isFinite else {
                throw ModelingError(
                    .nonFinite, "the patch decoder's error is \(error) at step \(step); check the codebook")
            }
            try progress(step, error)
        }
        return decoder
    }

    /// Normal weights of deviation 1 / sqrt(inputs); the second layer starts at zero, so that the fit starts from plain codewords.
    private static func initial(_ shape: Shape, seed: UInt64) -> FloatBuffer {
        let field = RandomField(seed: seed, purpose: RandomPurpose("patches.init"))
        let weights = FloatBuffer(count: shape.count)
        for index in shape.embeddings { weights[index] = Float(field.normal(at: UInt64(index))) }
        let deviation = 1 / Double(shape.inputs).squareRoot()
        for index in shape.first { weights[index] = Float(field.normal(at: UInt64(index)) * deviation) }
        return weights
    }

    /// Mean squared error of this decoder over frames, in units of 255².
    public func meanSquaredError(grids: [[UInt16]], rows: Int, columns: Int, pixels: [[UInt8]]) throws -> Double {
        var sum = 0.0
        var count = 0
        for (grid, frame) in zip(grids, pixels) {
            let picture = try decode(grid, rows: rows, columns: columns)
            guard picture.count == frame.count else {
                throw ModelingError(.shape, "a frame of \(frame.count) bytes; its grid has \(picture.count)")
            }
            for (a, b) in zip(picture, frame) {
                let difference = Double(Int(a) - Int(b)) / 255
                sum += difference * difference
            }
            count += frame.count
        }
        return count == 0 ? 0 : sum / Double(count)
    }
}

extension PatchDecoder {
    /// Gradient and optimizer state of a fit.
    private final class Trainer {
        let decoder: PatchDecoder
        let grids: [[UInt16]]
        let (rows, columns): (Int, Int)
        let pixels: [[UInt8]]
        let pass: Pass
        /// What the output should be: (pixel - codeword) / 255.
        let targets: FloatView
        let outputGradient: FloatView
        let activatedGradient: FloatView
        let inputGradient: FloatView
        let gradient: FloatBuffer
        let firstMoment: FloatBuffer
        let secondMoment: FloatBuffer
        var powers: (Float, Float) = (1, 1)

        init(_ decoder: PatchDecoder, grids: [[UInt16]], rows: Int, columns: Int, pixels: [[UInt8]]) {
            self.decoder = decoder
            self.grids = grids
            (self.rows, self.columns) = (rows, columns)
            self.pixels = pixels
            let shape = decoder.shape
            pass = Pass(shape, patches: batch)
            targets = FloatBuffer(count: batch * shape.pixels).all
            outputGradient = FloatBuffer(count: batch * shape.pixels).all
            activatedGradient = FloatBuffer(count: batch * shape.hidden).all
            inputGradient = FloatBuffer(count: batch * shape.inputs).all
            gradient = FloatBuffer(count: shape.count)
            firstMoment = FloatBuffer(count: shape.count)
            secondMoment = FloatBuffer(count: shape.count)
        }

        /// Puts patch `index` of a frame into the batch.
        func take(_ slot: Int, frame: Int, index: Int) {
            let shape = decoder.shape
            let (row, column) = (index / columns, index % columns)
            pass.setCodes(of: slot, to: decoder.neighbourhood(grids[frame], rows, columns, row, column))
            let code = Int(grids[frame][index])
            let side = decoder.patch * 3
            for y in 0..<decoder.patch {
                let start = (row * decoder.patch + y) * columns * side + column * side
                for x in 0..<side {
                    let at = y * side + x
                    targets[slot * shape.pixels + at] =
                        (Float(pixels[frame][start + x]) - decoder.codebook[code * shape.pixels + at]) / 255
                }
            }
        }

        /// One AdamW step over the batch; returns its mean squared error before the step.
        func step(_ step: Int, of steps: Int) -> Double {
            let (shape, kernels, weights) = (decoder.shape, decoder.kernels, decoder.weights)
            pass.forward(weights, kernels)
            outputGradient.copy(from: pass.output)
            kernels.add(targets, times: -1, to: outputGradient)
            let squared = kernels.squaredNorms(outputGradient).reduce(0, +)
            let count = Double(batch * shape.pixels)
            backward(shape, kernels, weights)
            powers = (powers.0 * 0.9, powers.1 * 0.99)
            // Cosine from 4e-3 to a hundredth of it, after twenty steps of warmup.
            let progress = Double(step) / Double(steps)
            let rate =
                4e-3 * (0.01 + 0.99 * 0.5 * (1 + ExactMath.cos(Double.pi * progress))) * min(1, Double(step) / 20)
            _ = kernels.adamW(
                weights: weights.all, firstMoment: firstMoment.all, secondMoment: secondMoment.all,
                gradient: gradient.all,
                firstIndex: 0,
                step: AdamWStep(
                    gradientFactor: Float(2 / count), learningRate: Float(rate), beta1: 0.9, beta2: 0.99,
                    correction1: 1 - powers.0, correction2: 1 - powers.1, epsilon: 1e-8, weightDecay: 1e-4))
            return squared / count
        }

        private func backward(_ shape: Shape, _ kernels: Kernels, _ weights: FloatBuffer) {
            kernels.matmul(
                .transposed(outputGradient), .plain(pass.activated), into: gradient[shape.second], rows: shape.pixels,
                columns: shape.hidden, inner: batch)
            sumRows(outputGradient, into: gradient[shape.secondBias])
            kernels.matmul(
                .plain(outputGradient), .plain(weights[shape.second]), into: activatedGradient, rows: batch,
                columns: shape.hidden, inner: shape.pixels)
            kernels.siluBackward(activatedGradient, at: pass.hidden, into: activatedGradient)
            kernels.matmul(
                .transposed(activatedGradient), .plain(pass.input), into: gradient[shape.first], rows: shape.hidden,
                columns: shape.inputs, inner: batch)
            sumRows(activatedGradient, into: gradient[shape.firstBias])
            kernels.matmul(
                .plain(activatedGradient), .plain(weights[shape.first]), into: inputGradient, rows: batch,
                columns: shape.inputs, inner: shape.hidden)
            let e = shape.embedding
            gradient[shape.embeddings].fill(0)
            for (slot, code) in pass.codes.enumerated() {
                kernels.add(inputGradient[slot * e..<(slot + 1) * e], to: gradient[code * e..<(code + 1) * e])
            }
        }

        /// Column sums, rows ascending.
        private func sumRows(_ x: FloatView, into sums: FloatView) {
            sums.fill(0)
            for row in 0..<x.count / sums.count {
                decoder.kernels.add(x[row * sums.count..<(row + 1) * sums.count], to: sums)
            }
        }
    }
}
