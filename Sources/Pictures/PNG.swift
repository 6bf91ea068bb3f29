import CPictures

/// Portable Network Graphics, through libpng.
///
/// The same pixels give the same bytes: the deflate level and the filter are pinned and nothing else is written.
public enum PNG {
    /// Deflate level of every file written.
    public static let compressionLevel: Int32 = 6

    /// Encodes as 8-bit RGB.
    public static func encode(_ image: PixelImage) throws(PictureError) -> [UInt8] {
        guard image.width * image.height <= PictureLimits.maximumPixels else {
            throw .tooLarge("PNG", width: image.width, height: image.height)
        }
        var message = MessageBuffer()
        var bytes: UnsafeMutablePointer<UInt8>?
        var count = 0
        let status = unsafe image.pixels.withUnsafeBufferPointer { pixels in
            unsafe message.withPointer {
                unsafe orc_png_encode(
                    pixels.baseAddress, UInt32(image.width), UInt32(image.height), compressionLevel, &bytes, &count, $0)
            }
        }
        guard status == 0, let start = unsafe bytes else {
            throw PictureError(
                code: .encoding,
                message: "cannot encode \(image.width) × \(image.height) pixels as PNG: \(message.text).")
        }
        defer { unsafe orc_picture_free(start) }
        return unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    }

    /// Decodes any PNG to 8-bit RGB; transparent parts become white.
    public static func decode(_ bytes: [UInt8]) throws(PictureError) -> PixelImage {
        var message = MessageBuffer()
        var width: UInt32 = 0
        var height: UInt32 = 0
        var status = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe message.withPointer { unsafe orc_png_size(bytes.baseAddress, bytes.count, &width, &height, $0) }
        }
        guard status == 0, width > 0, height > 0 else {
            throw .damaged("PNG", bytes: bytes.count, reason: message.text)
        }
        guard Int(width) * Int(height) <= PictureLimits.maximumPixels else {
            throw .tooLarge("PNG", width: Int(width), height: Int(height))
        }
        var pixels = [UInt8](repeating: 0, count: 3 * Int(width) * Int(height))
        status = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe pixels.withUnsafeMutableBufferPointer { pixels in
                unsafe message.withPointer {
                    unsafe orc_png_decode(bytes.baseAddress, bytes.count, pixels.baseAddress, $0)
                }
            }
        }
        guard status == 0 else { throw .damaged("PNG", bytes: bytes.count, reason: message.text) }
        return PixelImage(width: Int(width), height: Int(height), pixels: pixels)
    }
}

/// Room for a C library's error text.
struct MessageBuffer {
    private var characters = [CChar](repeating: 0, count: Int(ORC_PICTURE_MESSAGE))

    mutating func withPointer(_ body: (UnsafeMutablePointer<CChar>?) -> Int32) -> Int32 {
        unsafe characters.withUnsafeMutableBufferPointer { unsafe body($0.baseAddress) }
    }

    /// The text, without its final stop.
    var text: String {
        let bytes = characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let text = String(decoding: bytes, as: UTF8.self)
        return text.isEmpty ? "unknown reason" : (text.hasSuffix(".") ? String(text.dropLast()) : text)
    }
}
