/// Pictures of one camera, one per step, 8 bits a channel.
///
/// - Shapes: ``pixels`` is `[T, H, W, C]`, row-major.
public struct ImageSequence: Hashable, Sendable {
    public let height: Int
    public let width: Int
    public let channels: Int
    /// `[T, H, W, C]`.
    public let pixels: [UInt8]

    /// Pictures from row-major pixels.
    ///
    /// - Precondition: `pixels` holds whole frames.
    public init(height: Int, width: Int, channels: Int, pixels: [UInt8]) {
        precondition(height > 0 && width > 0 && channels > 0, "a picture has at least one pixel")
        precondition(pixels.count % (height * width * channels) == 0, "pixels of whole frames")
        self.height = height
        self.width = width
        self.channels = channels
        self.pixels = pixels
    }

    /// Bytes of one frame.
    public var frameBytes: Int { height * width * channels }

    /// Number of frames.
    public var count: Int { pixels.count / frameBytes }

    /// The pixels of one frame, `[H, W, C]`.
    public subscript(frame step: Int) -> ArraySlice<UInt8> { pixels[step * frameBytes..<(step + 1) * frameBytes] }
}
