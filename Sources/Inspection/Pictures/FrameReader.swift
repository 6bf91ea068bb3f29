import HDF5
import Pictures

/// Single frames of a dataset of pictures.
struct FrameReader {
    /// Pixels of a side of the largest frame shown; larger ones are scaled down.
    private static let largestSide = 320

    let dataset: HDF5Dataset

    /// Frame `step` in three channels; `nil` when the row is no picture.
    ///
    /// - Throws: `HDF5Error` when the row cannot be read, `PictureError` when it is a damaged JPEG or PNG.
    func frame(_ step: Int) throws -> PixelImage? {
        let bytes = try dataset.read(UInt8.self, rows: step..<step + 1)
        let shape = dataset.shape
        switch shape.count {
        case 2:
            if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return Self.fitted(try JPEG.decode(bytes)) }
            if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return Self.fitted(try PNG.decode(bytes)) }
            return nil
        case 4 where ![1, 3, 4].contains(shape[3]) && [1, 3, 4].contains(shape[1]):
            // Channels first.
            let area = shape[2] * shape[3]
            let pixels = (0..<bytes.count).map { bytes[$0 % shape[1] * area + $0 / shape[1]] }
            return Self.fitted(
                PixelImage(width: shape[3], height: shape[2], channels: shape[1], interleaved: pixels))
        case 3, 4:
            return Self.fitted(
                PixelImage(
                    width: shape[2], height: shape[1], channels: shape.count == 4 ? shape[3] : 1, interleaved: bytes))
        default: return nil
        }
    }

    /// The picture, scaled down where it is too large for a sheet.
    static func fitted(_ image: PixelImage) -> PixelImage {
        let side = max(image.width, image.height)
        guard side > largestSide else { return image }
        return image.scaled(
            toWidth: max(1, image.width * largestSide / side),
            height: max(1, image.height * largestSide / side))
    }
}
