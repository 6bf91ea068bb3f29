/// A picture that cannot be read or written.
public struct PictureError: Error, Hashable, CustomStringConvertible {
    /// What kind of failure it is.
    public enum Code: Hashable, Sendable {
        /// The bytes are not a picture of this format, end early or are inconsistent.
        case damaged
        /// The picture is larger than ``PictureLimits/maximumPixels``.
        case tooLarge
        /// The library could not encode.
        case encoding
    }

    public let code: Code
    /// What failed, with which value, and what to do.
    public let message: String

    public var description: String { message }

    static func damaged(_ format: String, bytes: Int, reason: String) -> Self {
        Self(
            code: .damaged,
            message:
                "cannot decode \(bytes) bytes as \(format): \(reason). The file is damaged, cut off or of another format."
        )
    }

    static func tooLarge(_ format: String, width: Int, height: Int) -> Self {
        Self(
            code: .tooLarge,
            message:
                "\(format) of \(width) × \(height) pixels exceeds the limit of \(PictureLimits.maximumPixels) pixels."
                + " Scale the picture down first.")
    }
}

/// Bounds that keep a damaged header from asking for all memory.
public enum PictureLimits {
    /// Most pixels of a picture that is decoded or encoded.
    public static let maximumPixels = 1 << 26
}
