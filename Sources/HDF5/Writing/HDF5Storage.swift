/// How a dataset is laid out in the file.
public struct HDF5Storage: Hashable, Sendable {
    /// Shape of one chunk; `nil` stores the data in one piece.
    public var chunkShape: [Int]?
    /// Deflate level 1 to 9, for chunks only; `nil` for no compression.
    public var deflateLevel: Int?

    public init(chunkShape: [Int]?, deflateLevel: Int?) {
        self.chunkShape = chunkShape
        self.deflateLevel = deflateLevel
    }

    /// In one piece.
    public static let contiguous = HDF5Storage(chunkShape: nil, deflateLevel: nil)

    /// Chunks of this shape, deflated at a level that is part of the format this project writes.
    public static func deflated(chunkShape: [Int]) -> HDF5Storage {
        HDF5Storage(chunkShape: chunkShape, deflateLevel: 4)
    }
}
