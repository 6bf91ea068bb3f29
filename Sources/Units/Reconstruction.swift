import DurableFiles
import Episodes
import Foundation
import Pictures
import Tokenization

/// How well an image tokenizer decodes frames: a figure and a sheet of originals beside what is decoded.
struct ReconstructionReport {
    /// `reconstruction.json` in the tokenizer's folder.
    private struct Figures: Codable {
        var schema = 1
        /// Peak signal-to-noise ratio over all samples; absent when nothing differs or nothing was measured.
        var psnrDecibels: Double?
        /// The same with plain codewords.
        var plainPsnrDecibels: Double?
        var frames: Int
        /// Whether the frames were left out of the fit.
        var heldOut: Bool
        var codes: Int
        var patch: Int
    }

    /// Pairs on the sheet.
    private static let sheetFrames = 12

    private let tokenizer: VQImageTokenizer
    /// The same without a decoder.
    private let plain: VQImageTokenizer
    private let heldOut: Bool
    private var sample: FrameSample
    private var quality = ReconstructionQuality()
    private var plainQuality = ReconstructionQuality()
    private var frames = 0
    private var pairs: [(original: ImageFrame, decoded: ImageFrame, plain: ImageFrame, caption: String)] = []

    init(tokenizer: VQImageTokenizer, heldOut: Bool, sample: FrameSample) throws {
        self.tokenizer = tokenizer
        plain = try VQImageTokenizer(
            patch: tokenizer.patch, channels: tokenizer.channels, codebook: tokenizer.codebook)
        self.heldOut = heldOut
        self.sample = sample
    }

    /// Whether the decoder lowers the error of the frames that were added.
    private var decoderHelps: Bool {
        guard let with = quality.decibels, let without = plainQuality.decibels else { return false }
        return with > without
    }

    /// The tokenizer, without its decoder where that does not help.
    var chosen: VQImageTokenizer { decoderHelps ? tokenizer : plain }

    /// Peak signal-to-noise ratio of ``chosen`` in dB; `nil` when nothing was added.
    var decibels: Double? { decoderHelps ? quality.decibels : plainQuality.decibels }

    /// The same with plain codewords.
    var plainDecibels: Double? { plainQuality.decibels }

    mutating func add(_ episode: Episode, cameras: [CameraStream]) throws {
        let steps = sample.next(episode.length)
        guard let middle = steps.indices.dropFirst(steps.count / 2).first else { return }
        for camera in cameras {
            let pixels = try TrainImageTokenizerKind.frames(steps, of: episode, camera.name)
            let codes = try tokenizer.encode(pixels, height: camera.height, width: camera.width)
            let byCodewords = try plain.decode(codes, height: camera.height, width: camera.width)
            plainQuality.add(pixels, byCodewords)
            var decoded = byCodewords
            if tokenizer.decoder != nil {
                decoded = try tokenizer.decode(codes, height: camera.height, width: camera.width)
            }
            quality.add(pixels, decoded)
            frames += steps.count
            if pairs.count < Self.sheetFrames {
                func frame(_ pixels: [UInt8]) -> ImageFrame {
                    ImageFrame(
                        height: camera.height, width: camera.width, channels: camera.channels,
                        pixels: Array(pixels[middle * camera.frameBytes..<(middle + 1) * camera.frameBytes]))
                }
                pairs.append((frame(pixels), frame(decoded), frame(byCodewords), "\(episode.id) \(steps[middle])"))
            }
        }
    }

    /// Writes `reconstruction.json` and `contact-sheet.png` into `folder`.
    func write(to folder: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        let figures = Figures(
            psnrDecibels: decibels.flatMap { $0.isFinite ? $0 : nil },
            plainPsnrDecibels: plainDecibels.flatMap { $0.isFinite ? $0 : nil }, frames: frames, heldOut: heldOut,
            codes: tokenizer.codeCount, patch: tokenizer.patch)
        try DurableFiles.write(
            Array(try encoder.encode(figures)) + [UInt8(ascii: "\n")], to: folder + "/reconstruction.json")
        let cells = pairs.flatMap { pair in
            [
                ContactSheet.Cell(pair.original.picture, caption: pair.caption),
                ContactSheet.Cell((decoderHelps ? pair.decoded : pair.plain).picture, caption: "decoded"),
            ]
        }
        try DurableFiles.write(
            try PNG.encode(ContactSheet(cells, columns: 6).image()), to: folder + "/contact-sheet.png")
    }
}

extension ImageFrame {
    /// The frame as a picture with three channels; one channel becomes gray, others than three keep their first.
    var picture: PixelImage {
        PixelImage(width: width, height: height, channels: channels, interleaved: pixels)
    }
}
