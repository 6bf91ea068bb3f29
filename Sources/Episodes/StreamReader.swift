public import HDF5
import Pictures

// T time, H height, W width, C channels.

/// Reads streams wherever their layout keeps them.
///
/// Keeps the last file open, and the last rows of datasets that hold several episodes, so that chunks across their ends are
/// expanded once.
public final class StreamReader {
    private struct Block {
        let rows: Range<Int>
        let values: [Float]
    }

    /// Bytes of the rows kept of one dataset.
    private static let blockBytes = 8 << 20
    /// Datasets of which rows are kept: files may have a few for each of thousands of episodes.
    private static let blockLimit = 12

    private let origin: HDF5File.Origin
    private var file: HDF5File?
    private var blocks: [String: Block] = [:]

    public init(from origin: HDF5File.Origin = .outside) { self.origin = origin }

    /// The dataset that holds a stream.
    ///
    /// - Throws: `HDF5Error` when file or dataset cannot be opened.
    public func dataset(_ stream: EpisodeHeader.Stream) throws(HDF5Error) -> HDF5Dataset {
        let place = stream.place
        if file?.path != place.file {
            blocks = [:]
            file = try HDF5File(reading: place.file, from: origin)
        }
        guard let file else { throw HDF5Error(.missingFile, file: place.file, message: "is not open") }
        return try file.root.dataset(place.object)
    }

    /// All numbers of a stream, row-major.
    ///
    /// - Throws: `HDF5Error` when the data is damaged.
    public func numbers(_ stream: EpisodeHeader.Stream) throws(HDF5Error) -> [Float] {
        let dataset = try dataset(stream)
        guard let rows = stream.place.rows else { return try dataset.read(Float.self) }
        guard let length = dataset.shape.first, rows.upperBound <= length else { throw ended(dataset, rows) }
        let width = dataset.shape.dropFirst().reduce(1, *)
        var values: [Float] = []
        values.reserveCapacity(rows.count * width)
        var row = rows.lowerBound
        while row < rows.upperBound {
            let block = try block(of: dataset, at: row, width: width, length: length)
            let end = min(rows.upperBound, block.rows.upperBound)
            values += block.values[(row - block.rows.lowerBound) * width..<(end - block.rows.lowerBound) * width]
            row = end
        }
        return values
    }

    /// The kept rows around `row`: whole chunks.
    private func block(
        of dataset: HDF5Dataset, at row: Int, width: Int, length: Int
    ) throws(HDF5Error) -> Block {
        if let block = blocks[dataset.path], block.rows.contains(row) { return block }
        let chunk = max(1, dataset.chunkShape?.first ?? 1)
        let rows = max(chunk, Self.blockBytes / max(1, 4 * width) / chunk * chunk)
        let start = row / rows * rows
        let range = start..<min(length, start + rows)
        let block = Block(rows: range, values: try dataset.read(Float.self, rows: range))
        if blocks.count >= Self.blockLimit { blocks = [:] }
        blocks[dataset.path] = block
        return block
    }

    /// Pixels `[T, H, W, C]` of some steps, all when `nil`: the top row first, red first.
    ///
    /// - Throws: `HDF5Error` for damaged data, ``EpisodeError`` for a picture that cannot be decoded or has another size.
    public func pixels(_ stream: EpisodeHeader.Stream, steps: Range<Int>? = nil) throws -> [UInt8] {
        let dataset = try dataset(stream)
        let first = stream.place.rows?.lowerBound ?? 0
        let wanted = steps ?? 0..<stream.length
        let rows = first + wanted.lowerBound..<first + wanted.upperBound
        guard let length = dataset.shape.first, rows.upperBound <= length else { throw ended(dataset, rows) }
        var pixels =
            rows.count == length ? try dataset.read(UInt8.self) : try dataset.read(UInt8.self, rows: rows)
        let form = stream.place.pictures
        if form.isPlain { return pixels }
        let (height, width, channels) = (stream.shape[1], stream.shape[2], stream.shape[3])
        if form.isEncoded {
            pixels = try decoded(pixels, rows: rows, of: dataset, height: height, width: width)
        } else if form.isChannelFirst {
            pixels = Self.channelsLast(pixels, frames: wanted.count, height * width, channels)
        }
        if form.isBottomUp { Self.flip(&pixels, rowBytes: width * channels, height: height) }
        if form.isBlueFirst && channels >= 3 {
            for start in stride(from: 0, to: pixels.count, by: channels) { pixels.swapAt(start, start + 2) }
        }
        return pixels
    }

    /// Decodes rows of padded JPEG or PNG files.
    private func decoded(
        _ bytes: [UInt8], rows: Range<Int>, of dataset: HDF5Dataset, height: Int, width: Int
    ) throws -> [UInt8] {
        let padded = dataset.shape.dropFirst().reduce(1, *)
        var pixels: [UInt8] = []
        pixels.reserveCapacity(rows.count * height * width * 3)
        for row in rows {
            let start = (row - rows.lowerBound) * padded
            let picture: PixelImage
            do {
                picture = try EncodedPicture.decode(Array(bytes[start..<start + padded]))
            } catch {
                throw EpisodeError(
                    file: dataset.file.path, object: String(dataset.path.dropFirst()),
                    expected: "a picture in row \(row)",
                    found: error.message)
            }
            guard picture.height == height, picture.width == width else {
                throw EpisodeError(
                    file: dataset.file.path, object: String(dataset.path.dropFirst()),
                    expected: "pictures of \(height)×\(width), as row 0 has",
                    found: "\(picture.height)×\(picture.width) in row \(row)")
            }
            pixels += picture.pixels
        }
        return pixels
    }

    private static func channelsLast(_ pixels: [UInt8], frames: Int, _ area: Int, _ channels: Int) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: pixels.count)
        for frame in 0..<frames {
            let start = frame * area * channels
            for channel in 0..<channels {
                for pixel in 0..<area {
                    result[start + pixel * channels + channel] = pixels[start + channel * area + pixel]
                }
            }
        }
        return result
    }

    /// Turns every frame upside down.
    private static func flip(_ pixels: inout [UInt8], rowBytes: Int, height: Int) {
        let frame = rowBytes * height
        for start in stride(from: 0, to: pixels.count, by: frame) {
            for row in 0..<height / 2 {
                let (top, bottom) = (start + row * rowBytes, start + (height - 1 - row) * rowBytes)
                for byte in 0..<rowBytes { pixels.swapAt(top + byte, bottom + byte) }
            }
        }
    }

    private func ended(_ dataset: HDF5Dataset, _ rows: Range<Int>) -> HDF5Error {
        HDF5Error(
            .badFile, file: dataset.file.path, object: dataset.path,
            message: "expected rows \(rows), found \(dataset.shape.first ?? 0); the file has changed")
    }
}

/// A picture as the bytes of a file.
enum EncodedPicture {
    static let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF]
    static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47]

    /// Whether `bytes` begin as one.
    static func isOne(_ bytes: [UInt8]) -> Bool { bytes.starts(with: jpeg) || bytes.starts(with: png) }

    /// The picture, from JPEG or PNG; padding at the end is ignored.
    static func decode(_ bytes: [UInt8]) throws(PictureError) -> PixelImage {
        bytes.starts(with: png) ? try PNG.decode(bytes) : try JPEG.decode(bytes)
    }
}
