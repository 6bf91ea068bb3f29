/// How frames of one size are cut into square patches, row by row from the top left.
struct PatchGrid: Hashable {
    let height: Int
    let width: Int
    let channels: Int
    let patch: Int

    var rows: Int { (height + patch - 1) / patch }
    var columns: Int { (width + patch - 1) / patch }
    /// Patches of a frame.
    var count: Int { rows * columns }
    /// Numbers of a patch.
    var patchWidth: Int { patch * patch * channels }
    var frameBytes: Int { height * width * channels }

    /// A pixel as codebooks and decoders see it: in -1..<1, exactly.
    static func normalized(_ pixel: UInt8) -> Float { (Float(pixel) - 128) / 128 }

    /// The nearest pixel, ties to even.
    static func pixel(_ value: Float) -> UInt8 {
        UInt8(max(0, min(255, (value * 128 + 128).rounded(.toNearestOrEven))))
    }

    /// The patches of whole frames as bytes, `[N·count, patchWidth]`; over the edge the last row and column repeat.
    ///
    /// - Throws: ``TokenizationError`` when `pixels` are not whole frames.
    func patches(of pixels: [UInt8]) throws -> [UInt8] {
        guard pixels.count % frameBytes == 0 else {
            throw TokenizationError(
                .badValue, "\(pixels.count) bytes are not whole frames of \(height)×\(width)×\(channels)")
        }
        let frames = pixels.count / frameBytes
        let rowBytes = patch * channels
        return [UInt8](unsafeUninitializedCapacity: frames * count * patchWidth) { output, initialized in
            var position = 0
            pixels.withUnsafeBufferPointer { input in
                for frame in 0..<frames {
                    for row in 0..<rows {
                        for column in 0..<columns {
                            for y in 0..<patch {
                                let line = frame * frameBytes + min(row * patch + y, height - 1) * width * channels
                                if (column + 1) * patch <= width {
                                    let start = line + column * rowBytes
                                    for i in 0..<rowBytes { output[position + i] = input[start + i] }
                                    position += rowBytes
                                } else {
                                    for x in 0..<patch {
                                        let start = line + min(column * patch + x, width - 1) * channels
                                        for c in 0..<channels { output[position + c] = input[start + c] }
                                        position += channels
                                    }
                                }
                            }
                        }
                    }
                }
            }
            initialized = position
        }
    }

    /// Writes one patch into its place of a frame, cropping what lies over the edge.
    func place(_ values: ArraySlice<UInt8>, at cell: Int, frame: Int, in pixels: inout [UInt8]) {
        let top = cell / columns * patch
        let left = cell % columns * patch
        let used = min(patch, width - left) * channels
        for y in 0..<min(patch, height - top) {
            let target = frame * frameBytes + ((top + y) * width + left) * channels
            let source = values.startIndex + y * patch * channels
            for i in 0..<used { pixels[target + i] = values[source + i] }
        }
    }

    /// The frame within a picture of whole patches, `[rows·patch, columns·patch, C]`.
    func cropped(_ picture: [UInt8]) -> [UInt8] {
        let line = columns * patch * channels
        if line == width * channels && rows * patch == height { return picture }
        return (0..<height).flatMap { y in picture[y * line..<y * line + width * channels] }
    }
}
