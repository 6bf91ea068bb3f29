import Episodes
import Ranks
public import Recipes
import Tokenization
import WorkGraph

/// Fits a codebook of picture patches.
public struct TrainImageTokenizerKind: UnitKind {
    public typealias Result = ImageTokenizer

    public static let description = KindDescription(
        name: "TrainImageTokenizer", version: 3,
        summary: "Fits a codebook of picture patches; every patch becomes one token.",
        computesFloats: true, isRandom: true)

    @Input(.unlabelled, help: "Episodes whose pictures are fitted.") var episodes: EpisodeSet
    @Setting(in: 2...65535, help: "Codes; few different patches give fewer.") var codes: Int = 512
    @Setting(in: 2...256, help: "Side of a patch in pixels; a 96×96 picture has 36 patches of 16.") var patch: Int = 16
    @Setting(in: 1...10_000_000, help: "Frames to fit at most, spread evenly over the episodes.") var frames: Int = 6144
    @Setting(in: 1...1000, help: "Iterations of k-means at most.") var iterations: Int = 12
    @Setting(
        in: 0...1_000_000, help: "Steps that fit the decoder, which corrects patches by their neighbours; 0 for none.")
    var decoderSteps: Int = 800
    @Setting(in: 64...4096, help: "Width of the decoder's layer.") var decoderWidth: Int = 128
    @Resource(in: 1...1024, help: "Threads that share products.") var threads: Int = 1

    public init() {}

    /// Patches of a side of the neighbourhood that the decoder sees.
    private static let neighbourhood = 3
    /// Of ten episodes the last is left out of the fit and measures it.
    private static let heldOutEvery = 10
    /// Frames that measure the fit at most.
    private static let measuredFrames = 1024

    public func plan(_ draft: inout UnitDraft, _ context: PlanContext) throws {
        // About a tenth of the patches of a tripod-mounted camera differ.
        let patches = min(49_152, Double(frames) * 3.6)
        let codebook = Double(codes) * Double(patch * patch * 3)
        // A step of the decoder: 384 patches through inputs·width + width·pixels weights, forward and back.
        let inputs = Double(Self.neighbourhood * Self.neighbourhood * 32)
        let decoderWeights: Double = Double(decoderWidth) * (inputs + Double(patch * patch * 3))
        let decoder: Double = Double(6 * 384 * decoderSteps) * decoderWeights
        let flops: Double = 2 * patches * codebook * Double(iterations + 1) + decoder
        draft.estimate = WorkEstimate(flops: flops, bytesRead: 2e7, bytesWritten: 4 * codebook, fixedSeconds: 2)
        draft.resources.memoryBytes = 400 << 20
        draft.resources.cpus = threads
    }

    public func run(_ context: UnitContext) throws {
        guard context.gang.rank == 0 else { return }
        let episodes = try SelectedEpisodes(context, "episodes")
        let cameras = episodes.selection.streams.cameras
        guard let channels = cameras.first?.channels, cameras.allSatisfy({ $0.channels == channels }) else {
            let found = cameras.map { "'\($0.name)' with \($0.channels)" }.joined(separator: ", ")
            throw TokenizationError(
                .badValue,
                "an image tokenizer needs cameras with equal channels; found \(found.isEmpty ? "no camera" : found). Choose cameras in Ingest(…, cameras:)"
            )
        }
        let records = episodes.selection.episodes
        let measures = records.count >= Self.heldOutEvery
        func isHeldOut(_ position: Int) -> Bool { measures && position % Self.heldOutEvery == Self.heldOutEvery - 1 }

        var fit = ImageTokenizerFit(
            .init(
                codes: codes, patch: patch, iterations: iterations, decoderSteps: decoderSteps,
                decoderSide: Self.neighbourhood, decoderWidth: decoderWidth, threads: context.threads),
            channels: channels)
        var fittedSteps = 0
        var measuredSteps = 0
        for (position, record) in records.enumerated() {
            if !isHeldOut(position) { fittedSteps += record.length }
            if isHeldOut(position) == measures { measuredSteps += record.length }
        }
        var fitted = FrameSample(total: fittedSteps, limit: frames)
        try episodes.forEach(withFrames: true, choosing: { position, _ in !isHeldOut(position) }) { position, episode in
            guard context.stop == .none else { throw Interrupted() }
            let steps = fitted.next(episode.length)
            for camera in cameras {
                try fit.add(
                    try Self.frames(steps, of: episode, camera.name), height: camera.height, width: camera.width)
            }
            context.reporter.progress(position + 1, of: records.count, figures: [:])
        }
        let (fittedTokenizer, summary) = try fit.fit(seed: context.seed) { iteration in
            guard context.stop == .none else { throw Interrupted() }
            context.reporter.progress(iteration, of: iterations + decoderSteps, figures: [:])
        }
        context.reporter.log(
            "\(summary.codes) codes from \(summary.fittedPatches) of \(summary.differentPatches) different patches "
                + "among \(summary.patches), \(summary.iterations) iterations\(summary.converged ? ", converged" : "")")

        // A decoder that does not help on the measured frames is left out.
        var report = try ReconstructionReport(
            tokenizer: fittedTokenizer, heldOut: measures,
            sample: FrameSample(total: measuredSteps, limit: Self.measuredFrames))
        try episodes.forEach(withFrames: true, choosing: { position, _ in isHeldOut(position) == measures }) {
            _, episode in
            guard context.stop == .none else { throw Interrupted() }
            try report.add(episode, cameras: cameras)
        }
        let tokenizer = report.chosen
        try tokenizer.write(to: context.output("tokenizer"))
        try report.write(to: context.output("tokenizer"))
        if let decibels = report.decibels {
            let frames = measures ? "held-out" : "fitted"
            // Pictures of fewer different patches than codes are decoded without any error.
            var line =
                decibels.isFinite
                ? "\(frames) frames are decoded at \(Float(decibels)) dB" : "\(frames) frames are decoded exactly"
            if decibels.isFinite, let plain = report.plainDecibels, fittedTokenizer.decoder != nil {
                line += ", by plain codewords at \(Float(plain)) dB"
                if tokenizer.decoder == nil { line += "; the decoder does not help and is left out" }
            }
            context.reporter.log(line)
            if decibels.isFinite { context.reporter.figure("image_psnr_db", decibels) }
        }
        context.reporter.figure("image_codes", Double(tokenizer.codeCount))
    }

    /// The pixels of chosen steps.
    static func frames(_ steps: [Int], of episode: Episode, _ camera: String) throws -> [UInt8] {
        guard let sequence = episode.cameras[camera] else {
            throw TokenizationError(.badValue, "episode '\(episode.id)' has no camera '\(camera)'")
        }
        var pixels: [UInt8] = []
        pixels.reserveCapacity(steps.count * sequence.frameBytes)
        for step in steps { pixels += sequence[frame: step] }
        return pixels
    }
}

/// Chooses frames evenly from a sequence of episodes.
struct FrameSample {
    private let total: Int
    private let limit: Int
    private var position = 0

    init(total: Int, limit: Int) {
        self.total = total
        self.limit = min(limit, total)
    }

    /// The chosen steps of the next episode.
    mutating func next(_ length: Int) -> [Int] {
        defer { position += length }
        return (0..<length).filter { step in
            let number = position + step
            return (number + 1) * limit / total > number * limit / total
        }
    }
}

/// Fits a codebook of picture patches; see ``TrainImageTokenizerKind``.
public func TrainImageTokenizer(
    _ episodes: EpisodeSet, codes: Int = 512, patch: Int = 16, frames: Int = 6144, iterations: Int = 12,
    decoderSteps: Int = 800, decoderWidth: Int = 128, threads: Int = 1
) -> ImageTokenizer {
    let kind = TrainImageTokenizerKind()
    kind.episodes = episodes
    kind.codes = codes
    kind.patch = patch
    kind.frames = frames
    kind.iterations = iterations
    kind.decoderSteps = decoderSteps
    kind.decoderWidth = decoderWidth
    kind.threads = threads
    return kind.place()
}
