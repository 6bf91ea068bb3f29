import Determinism
import Kernels
import Modeling

/// Collects frames and fits a ``VQImageTokenizer`` to them.
///
/// Frames are given in a fixed order; the result depends on them, the settings and the seed only.
public struct ImageTokenizerFit {
    /// What is decided before frames are seen.
    public struct Settings: Hashable, Sendable {
        /// Entries of the codebook; fewer when there are fewer different patches.
        public var codes: Int
        /// Side of a patch in pixels.
        public var patch: Int
        /// Lloyd's iterations at most.
        public var iterations: Int
        /// Different patches the codebook is fitted to at most; a keyed sample of them is taken when there are more.
        public var patchLimit: Int
        /// Steps that fit the decoder; 0 leaves plain codewords.
        public var decoderSteps: Int
        /// Frames the decoder is fitted to at most, taken evenly.
        public var decoderFrames: Int
        /// Patches of a side of the neighbourhood that the decoder sees; odd.
        public var decoderSide: Int
        /// Width of the decoder's layer.
        public var decoderWidth: Int
        /// Threads that share products; no part of the result.
        public var threads: Int

        public init(
            codes: Int = 512, patch: Int = 16, iterations: Int = 12, patchLimit: Int = 49_152, decoderSteps: Int = 0,
            decoderFrames: Int = 2048, decoderSide: Int = 3, decoderWidth: Int = 128, threads: Int = 1
        ) {
            self.decoderSide = decoderSide
            self.decoderWidth = decoderWidth
            self.threads = threads
            self.decoderSteps = decoderSteps
            self.decoderFrames = decoderFrames
            self.codes = codes
            self.patch = patch
            self.iterations = iterations
            self.patchLimit = patchLimit
        }
    }

    /// What happened, for the log.
    public struct Summary: Hashable, Sendable {
        public var patches: Int
        public var differentPatches: Int
        public var fittedPatches: Int
        public var codes: Int
        public var iterations: Int
        public var converged: Bool
        public var revived: Int
    }

    private let settings: Settings
    private let channels: Int
    private var collection: PatchCollection
    /// Different patches of every frame, and the size of its grid.
    private var frames: [(rows: Int, columns: Int, patches: [Int32])] = []

    public init(_ settings: Settings, channels: Int) {
        self.settings = settings
        self.channels = channels
        collection = PatchCollection(width: settings.patch * settings.patch * channels)
    }

    /// Adds whole frames `[N, H, W, C]`.
    ///
    /// - Throws: ``TokenizationError`` when `pixels` are not whole frames.
    public mutating func add(_ pixels: [UInt8], height: Int, width: Int) throws {
        let grid = PatchGrid(height: height, width: width, channels: channels, patch: settings.patch)
        let patches = collection.add(try grid.patches(of: pixels))
        for start in stride(from: 0, to: patches.count, by: grid.count) {
            frames.append((grid.rows, grid.columns, Array(patches[start..<start + grid.count])))
        }
    }

    /// Fits the codebook.
    ///
    /// - Parameters:
    ///   - seed: the run's seed.
    ///   - progress: called after each iteration and each of the decoder's steps with how many are done; throwing ends the
    ///     fit.
    /// - Throws: ``TokenizationError`` when no frame was added, and what `progress` throws.
    public func fit(
        seed: UInt64, progress: (_ done: Int) throws -> Void = { _ in }
    ) throws -> (tokenizer: VQImageTokenizer, summary: Summary) {
        guard collection.count > 0 else {
            throw TokenizationError(.badValue, "an image tokenizer needs at least one frame; the episodes have none")
        }
        let field = RandomField(seed: seed, purpose: RandomPurpose("tokens.codebook"))
        var pixels = collection.pixels
        var counts = collection.counts
        let width = collection.width
        if collection.count > settings.patchLimit {
            let order = KeyedPermutation(count: collection.count, field: field, epoch: 0)
            let chosen = (0..<settings.patchLimit).map { order[$0] }.sorted()
            pixels = []
            pixels.reserveCapacity(settings.patchLimit * width)
            for index in chosen { pixels += collection.pixels[index * width..<(index + 1) * width] }
            counts = chosen.map { collection.counts[$0] }
        }
        var random = field.stream(1)
        let kernels = try Kernels.current(threads: settings.threads)
        let outcome = try CodebookFit(width: width, pixels: pixels, counts: counts, kernels: kernels).fit(
            codes: settings.codes, iterations: settings.iterations, random: &random, progress: progress)
        let plain = try VQImageTokenizer(patch: settings.patch, channels: channels, codebook: outcome.codebook)
        let tokenizer = try withDecoder(plain, seed: seed, kernels) { try progress(outcome.iterations + $0) }
        return (
            tokenizer,
            Summary(
                patches: collection.counts.reduce(0, +), differentPatches: collection.count,
                fittedPatches: counts.count,
                codes: tokenizer.codeCount, iterations: outcome.iterations, converged: outcome.converged,
                revived: outcome.revived)
        )
    }

    /// Fits the decoder to frames of the first frame's grid; only pictures with three channels have one.
    private func withDecoder(
        _ plain: VQImageTokenizer, seed: UInt64, _ kernels: Kernels, progress: (Int) throws -> Void
    ) throws -> VQImageTokenizer {
        guard settings.decoderSteps > 0, channels == 3, let size = frames.first else { return plain }
        let alike = frames.filter { $0.rows == size.rows && $0.columns == size.columns }
        let count = min(settings.decoderFrames, alike.count)
        let chosen = (0..<count).map { alike[$0 * alike.count / count] }
        let codes = CodeSearch(codebook: plain.codebook, width: plain.patchWidth, kernels: kernels)
            .nearest(collection.pixels)
        // Frames are put together from their patches; what lies over the edge is part of them.
        let grid = PatchGrid(
            height: size.rows * plain.patch, width: size.columns * plain.patch, channels: channels, patch: plain.patch)
        let pixels = chosen.map { frame in
            var pixels = [UInt8](repeating: 0, count: grid.frameBytes)
            for (cell, patch) in frame.patches.enumerated() {
                let start = Int(patch) * plain.patchWidth
                grid.place(collection.pixels[start..<start + plain.patchWidth], at: cell, frame: 0, in: &pixels)
            }
            return pixels
        }
        let decoder = try PatchDecoder.fit(
            grids: chosen.map { frame in frame.patches.map { UInt16(codes[Int($0)]) } }, rows: size.rows,
            columns: size.columns, pixels: pixels, codebook: plain.codebook.map { $0 * 128 + 128 }, patch: plain.patch,
            exact: exact(codes, plain), side: settings.decoderSide, hidden: settings.decoderWidth, seed: seed,
            steps: settings.decoderSteps, kernels: kernels
        ) { step, _ in try progress(step) }
        return try VQImageTokenizer(patch: plain.patch, channels: channels, codebook: plain.codebook, decoder: decoder)
    }

    /// Which codes stand for patches that they show within a pixel's step: background, of which there is nothing to learn.
    private func exact(_ codes: [Int32], _ plain: VQImageTokenizer) -> [Bool] {
        let shown = plain.codebook.map { Int(PatchGrid.pixel($0)) }
        let width = plain.patchWidth
        var exact = [Bool](repeating: true, count: plain.codeCount)
        for (patch, code) in codes.enumerated() where exact[Int(code)] {
            let (from, to) = (patch * width, Int(code) * width)
            if (0..<width).contains(where: { abs(Int(collection.pixels[from + $0]) - shown[to + $0]) > 1 }) {
                exact[Int(code)] = false
            }
        }
        return exact
    }
}
