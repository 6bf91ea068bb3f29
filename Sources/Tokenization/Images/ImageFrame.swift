/// A picture: rows from the top, pixels from the left, channels interleaved.
public struct ImageFrame: Hashable, Sendable {
    public let height: Int
    public let width: Int
    public let channels: Int
    /// `[H, W, C]`, 0...255.
    public var pixels: [UInt8]

    /// - Precondition: `pixels.count` is height × width × channels.
    public init(height: Int, width: Int, channels: Int, pixels: [UInt8]) {
        precondition(
            pixels.count == height * width * channels, "\(pixels.count) bytes for \(height)×\(width)×\(channels)")
        self.height = height
        self.width = width
        self.channels = channels
        self.pixels = pixels
    }
}
