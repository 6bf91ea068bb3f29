/// An 8-bit RGB picture, rows from the top, three bytes a pixel.
public struct PixelImage: Hashable, Sendable {
    /// Pixels in a row.
    public let width: Int
    /// Rows.
    public let height: Int
    /// `height` × `width` × 3 bytes.
    public private(set) var pixels: [UInt8]

    /// A picture of given bytes.
    ///
    /// - Precondition: `pixels` holds 3 × `width` × `height` bytes, and neither side is 0.
    public init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(width > 0 && height > 0 && pixels.count == 3 * width * height)
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// A picture of interleaved channels: one becomes gray, three stay, of others the first three are taken.
    ///
    /// - Precondition: `interleaved` holds width × height × channels bytes.
    public init(width: Int, height: Int, channels: Int, interleaved: [UInt8]) {
        precondition(channels > 0 && interleaved.count == width * height * channels)
        if channels == 3 {
            self.init(width: width, height: height, pixels: interleaved)
            return
        }
        var pixels: [UInt8] = []
        pixels.reserveCapacity(3 * width * height)
        for start in stride(from: 0, to: interleaved.count, by: channels) {
            for channel in 0..<3 { pixels.append(interleaved[start + (channels > 3 ? channel : 0)]) }
        }
        self.init(width: width, height: height, pixels: pixels)
    }

    /// A picture of one colour.
    public init(width: Int, height: Int, color: PixelColor = .white) {
        precondition(width > 0 && height > 0)
        var pixels = [UInt8](repeating: color.red, count: 3 * width * height)
        if color.green != color.red || color.blue != color.red {
            for index in stride(from: 0, to: pixels.count, by: 3) {
                pixels[index + 1] = color.green
                pixels[index + 2] = color.blue
            }
        }
        self.init(width: width, height: height, pixels: pixels)
    }

    /// The pixel in column `x` of row `y`.
    public subscript(x: Int, y: Int) -> PixelColor {
        get {
            let start = 3 * (y * width + x)
            return PixelColor(red: pixels[start], green: pixels[start + 1], blue: pixels[start + 2])
        }
        set {
            let start = 3 * (y * width + x)
            pixels[start] = newValue.red
            pixels[start + 1] = newValue.green
            pixels[start + 2] = newValue.blue
        }
    }

    /// Copies `image` so that its top left corner is at (`x`, `y`); what lies outside is cut off.
    public mutating func draw(_ image: PixelImage, x: Int, y: Int) {
        let left = max(0, x)
        let right = min(width, x + image.width)
        guard left < right else { return }
        for row in max(0, y)..<max(0, y, min(height, y + image.height)) {
            let source = 3 * ((row - y) * image.width + left - x)
            let target = 3 * (row * width + left)
            let length = 3 * (right - left)
            pixels.replaceSubrange(target..<target + length, with: image.pixels[source..<source + length])
        }
    }

    /// Fills a rectangle; what lies outside is cut off.
    public mutating func fill(x: Int, y: Int, width: Int, height: Int, color: PixelColor) {
        for row in max(0, y)..<max(0, y, min(self.height, y + height)) {
            for column in max(0, x)..<max(0, x, min(self.width, x + width)) { self[column, row] = color }
        }
    }

    /// This picture at another size, each pixel the nearest one of the original: no new colours appear.
    public func scaled(toWidth newWidth: Int, height newHeight: Int) -> PixelImage {
        precondition(newWidth > 0 && newHeight > 0)
        if newWidth == width && newHeight == height { return self }
        var output: [UInt8] = []
        output.reserveCapacity(3 * newWidth * newHeight)
        for row in 0..<newHeight {
            let sourceRow = (2 * row + 1) * height / (2 * newHeight)
            for column in 0..<newWidth {
                let start = 3 * (sourceRow * width + (2 * column + 1) * width / (2 * newWidth))
                output.append(pixels[start])
                output.append(pixels[start + 1])
                output.append(pixels[start + 2])
            }
        }
        return PixelImage(width: newWidth, height: newHeight, pixels: output)
    }

    /// Every pixel as a square of `factor` × `factor`.
    public func enlarged(by factor: Int) -> PixelImage { scaled(toWidth: width * factor, height: height * factor) }
}

/// One 8-bit RGB colour.
public struct PixelColor: Hashable, Sendable {
    public var red: UInt8
    public var green: UInt8
    public var blue: UInt8

    public init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    public static let white = PixelColor(red: 255, green: 255, blue: 255)
    public static let black = PixelColor(red: 0, green: 0, blue: 0)
}
