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
            if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return fitted(try JPEG.decode(bytes)) }
            if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return fitted(try PNG.decode(bytes)) }
            return nil
        case 3, 4:
            return fitted(
                PixelImage(
                    width: shape[2], height: shape[1], channels: shape.count == 4 ? shape[3] : 1, interleaved: bytes))
        default: return nil
        }
    }

    private func fitted(_ image: PixelImage) -> PixelImage {
        let side = max(image.width, image.height)
        guard side > Self.largestSide else { return image }
        return image.scaled(
            toWidth: max(1, image.width * Self.largestSide / side),
            height: max(1, image.height * Self.largestSide / side))
    }
}
