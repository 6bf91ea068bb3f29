import Determinism

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

        public init(codes: Int = 512, patch: Int = 16, iterations: Int = 12, patchLimit: Int = 49_152) {
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
        _ = collection.add(try grid.patches(of: pixels))
    }

    /// Fits the codebook.
    ///
    /// - Parameters:
    ///   - seed: the run's seed.
    ///   - progress: called after each iteration; throwing ends the fit.
    /// - Throws: ``TokenizationError`` when no frame was added, and what `progress` throws.
    public func fit(
        seed: UInt64, progress: (_ iteration: Int) throws -> Void = { _ in }
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
        let outcome = try CodebookFit(width: width, pixels: pixels, counts: counts).fit(
            codes: settings.codes, iterations: settings.iterations, random: &random, progress: progress)
        let tokenizer = try VQImageTokenizer(patch: settings.patch, channels: channels, codebook: outcome.codebook)
        return (
            tokenizer,
            Summary(
                patches: collection.counts.reduce(0, +), differentPatches: collection.count,
                fittedPatches: counts.count,
                codes: tokenizer.codeCount, iterations: outcome.iterations, converged: outcome.converged,
                revived: outcome.revived)
        )
    }
}
