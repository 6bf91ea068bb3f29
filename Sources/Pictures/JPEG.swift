import CPictures

/// JPEG, through libjpeg-turbo; reading only.
///
/// The DCT method is pinned, so that one build of the library gives the same pixels everywhere.
public enum JPEG {
    /// Decodes to 8-bit RGB.
    ///
    /// Bytes after the end-of-image marker are ignored; padded streams are read.
    public static func decode(_ bytes: [UInt8]) throws(PictureError) -> PixelImage {
        var message = MessageBuffer()
        var width: UInt32 = 0
        var height: UInt32 = 0
        var status = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe message.withPointer {
                unsafe orc_jpeg_decode(bytes.baseAddress, bytes.count, &width, &height, nil, $0)
            }
        }
        guard status == 0, width > 0, height > 0 else {
            throw .damaged("JPEG", bytes: bytes.count, reason: message.text)
        }
        guard Int(width) * Int(height) <= PictureLimits.maximumPixels else {
            throw .tooLarge("JPEG", width: Int(width), height: Int(height))
        }
        var pixels = [UInt8](repeating: 0, count: 3 * Int(width) * Int(height))
        status = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe pixels.withUnsafeMutableBufferPointer { pixels in
                unsafe message.withPointer {
                    unsafe orc_jpeg_decode(bytes.baseAddress, bytes.count, &width, &height, pixels.baseAddress, $0)
                }
            }
        }
        guard status == 0 else { throw .damaged("JPEG", bytes: bytes.count, reason: message.text) }
        return PixelImage(width: Int(width), height: Int(height), pixels: pixels)
    }
}
