import Determinism
import Episodes
import Foundation
import Tokenization

/// A codebook of patches: how well held-out frames are decoded, and how long the fit takes.
enum ImageBench {
    private static let fittedFrames = 6144

    static func run(file: String, camera: String, patch: Int, codes: Int, steps: Int?, side: Int?, hidden: Int?) throws
    {
        let episodes = try DemonstrationHeader.scan(file).episodes
        let reader = StreamReader()
        func pixels(_ mask: String, limit: Int) throws -> (frames: [[UInt8]], shape: [Int]) {
            var all: [[UInt8]] = []
            var shape: [Int] = []
            let chosen = episodes.filter { $0.filterKeys.contains(mask) }
            let every = max(1, chosen.reduce(0) { $0 + $1.length } / limit)
            for episode in chosen {
                guard let stream = episode.observations[camera] else { continue }
                shape = stream.shape
                let size = shape[1] * shape[2] * shape[3]
                let pixels = try reader.pixels(stream)
                var kept: [UInt8] = []
                for step in stride(from: 0, to: stream.length, by: every) {
                    kept += pixels[step * size..<(step + 1) * size]
                }
                all.append(kept)
            }
            return (all, shape)
        }
        let (training, shape) = try pixels("train", limit: fittedFrames)
        let (test, _) = try pixels("test", limit: .max / 2)
        let (height, width, channels) = (shape[1], shape[2], shape[3])

        let start = Date()
        var settings = ImageTokenizerFit.Settings(codes: codes, patch: patch, decoderSteps: 1600)
        settings.decoderSteps = steps ?? settings.decoderSteps
        settings.decoderSide = side ?? settings.decoderSide
        settings.decoderWidth = hidden ?? settings.decoderWidth
        settings.threads = 2
        var fit = ImageTokenizerFit(settings, channels: channels)
        for frames in training { try fit.add(frames, height: height, width: width) }
        var codebook = 0.0
        let (tokenizer, summary) = try fit.fit(seed: 17) { step in
            if codebook == 0, step > settings.iterations { codebook = Date().timeIntervalSince(start) }
        }
        let seconds = Date().timeIntervalSince(start)
        FileHandle.standardError.write(
            Data(
                "codebook after \(Int(codebook)) s of \(Int(seconds)), \(summary.differentPatches) different patches\n"
                    .utf8))
        let plain = try VQImageTokenizer(patch: patch, channels: channels, codebook: tokenizer.codebook)

        let name = "\(width)x\(height), \(tokenizer.tokenCount(height: height, width: width)) tokens, \(codes) codes"
        TokenBench.figure("\(name), fit", seconds, "s")
        var used = Set<Int32>()
        for (label, tokenizer) in [("k-means", plain), ("with decoder", tokenizer)] {
            var quality = ReconstructionQuality()
            var changed = ReconstructionQuality()
            var similarity = StructuralSimilarity()
            var (encoding, frameCount) = (0.0, 0)
            for frames in test {
                let before = TokenBench.processorSeconds()
                let codes = try tokenizer.encode(frames, height: height, width: width)
                encoding += TokenBench.processorSeconds() - before
                frameCount += frames.count / (height * width * channels)
                used.formUnion(codes)
                let decoded = try tokenizer.decode(codes, height: height, width: width)
                quality.add(frames, decoded)
                similarity.add(frames, decoded, height: height, width: width, channels: channels)
                // Pixels that are not those of the frame before.
                let size = height * width * channels
                var (moved, shown): ([UInt8], [UInt8]) = ([], [])
                for place in stride(from: size, to: frames.count, by: channels)
                where (0..<channels).contains(where: { frames[place + $0] != frames[place + $0 - size] }) {
                    moved += frames[place..<place + channels]
                    shown += decoded[place..<place + channels]
                }
                changed.add(moved, shown)
            }
            TokenBench.figure("\(name), \(label)", quality.decibels ?? 0, "dB")
            TokenBench.figure("\(name), \(label), changed pixels", changed.decibels ?? 0, "dB")
            TokenBench.figure("\(name), \(label), SSIM", similarity.mean ?? 0, "")
            if label == "k-means" {
                TokenBench.figure("\(name), encoding on one core", Double(frameCount) / encoding, "frames/s")
            }
        }
        TokenBench.figure("\(name), codes used", 100 * Double(used.count) / Double(tokenizer.codeCount), "%")
    }
}
