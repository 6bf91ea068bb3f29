/// Animated pictures in the Graphics Interchange Format, written here: the same frames give the same bytes.
///
/// All frames share a palette of at most 256 colours, chosen by median cut over all pixels at five bits a channel.
///
/// - Source: GIF89a specification (CompuServe, 1990); Heckbert, Color image quantization for frame buffer display (1982).
public enum GIF {
    /// Encodes frames of one size, shown for `hundredths` of a second each, again and again.
    ///
    /// - Throws: ``PictureError`` when there is no frame, sizes differ or a side exceeds 65535 pixels.
    public static func encode(_ frames: [PixelImage], hundredths: Int) throws(PictureError) -> [UInt8] {
        guard let first = frames.first, frames.allSatisfy({ $0.width == first.width && $0.height == first.height }),
            first.width <= 65535, first.height <= 65535
        else {
            throw PictureError(
                code: .encoding,
                message:
                    "cannot encode \(frames.count) frames as GIF: it takes at least one, all of one size up to 65535.")
        }
        let palette = Palette(frames)
        var bytes = Array("GIF89a".utf8)
        func word(_ value: Int) -> [UInt8] {
            [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
        }
        bytes += word(first.width) + word(first.height) + [0xF7, 0, 0]
        for index in 0..<256 {
            let color = index < palette.colors.count ? palette.colors[index] : .black
            bytes += [color.red, color.green, color.blue]
        }
        bytes += [0x21, 0xFF, 11] + Array("NETSCAPE2.0".utf8) + [3, 1, 0, 0, 0]
        for frame in frames {
            bytes += [0x21, 0xF9, 4, 4] + word(max(0, min(65535, hundredths))) + [0, 0]
            bytes += [0x2C, 0, 0, 0, 0] + word(first.width) + word(first.height) + [0, 8]
            let codes = compressed(palette.indices(of: frame))
            for start in stride(from: 0, to: codes.count, by: 255) {
                let block = codes[start..<min(start + 255, codes.count)]
                bytes.append(UInt8(block.count))
                bytes += block
            }
            bytes.append(0)
        }
        return bytes + [0x3B]
    }

    /// Lempel-Ziv-Welch codes of indices, packed from the low bit on.
    private static func compressed(_ indices: [UInt8]) -> [UInt8] {
        let (clear, end) = (256, 257)
        var packed: [UInt8] = []
        var (bits, room) = (0, 0)
        func emit(_ code: Int, _ width: Int) {
            bits |= code << room
            room += width
            while room >= 8 {
                packed.append(UInt8(truncatingIfNeeded: bits))
                bits >>= 8
                room -= 8
            }
        }
        var table: [Int: Int] = [:]
        var (next, width) = (end + 1, 9)
        emit(clear, width)
        var current = -1
        for index in indices {
            guard current >= 0 else {
                current = Int(index)
                continue
            }
            let key = current << 8 | Int(index)
            if let known = table[key] {
                current = known
                continue
            }
            emit(current, width)
            if next < 4096 {
                table[key] = next
                // The reader's table is one entry behind.
                if next == 1 << width, width < 12 { width += 1 }
                next += 1
            } else {
                emit(clear, width)
                table.removeAll(keepingCapacity: true)
                (next, width) = (end + 1, 9)
            }
            current = Int(index)
        }
        if current >= 0 { emit(current, width) }
        // The reader adds an entry for the last code too.
        if next == 1 << width, width < 12 { width += 1 }
        emit(end, width)
        if room > 0 { packed.append(UInt8(truncatingIfNeeded: bits)) }
        return packed
    }
}

/// At most 256 colours that stand for those of some pictures.
private struct Palette {
    private(set) var colors: [PixelColor] = []
    /// The nearest colour of each cell of five bits a channel that occurs.
    private var nearest = [UInt8](repeating: 0, count: 1 << 15)

    private static func cell(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> Int {
        Int(red >> 3) << 10 | Int(green >> 3) << 5 | Int(blue >> 3)
    }

    init(_ frames: [PixelImage]) {
        // Sums of colours by cell.
        var sums = [(count: Int, red: Int, green: Int, blue: Int)](repeating: (0, 0, 0, 0), count: 1 << 15)
        for frame in frames {
            for start in stride(from: 0, to: frame.pixels.count, by: 3) {
                let (r, g, b) = (frame.pixels[start], frame.pixels[start + 1], frame.pixels[start + 2])
                let cell = Self.cell(r, g, b)
                sums[cell].count += 1
                sums[cell].red += Int(r)
                sums[cell].green += Int(g)
                sums[cell].blue += Int(b)
            }
        }
        func channel(_ cell: Int, _ axis: Int) -> Int { cell >> (10 - 5 * axis) & 31 }
        /// The longest side of a box of cells, and its axis.
        func spread(_ box: [Int]) -> (length: Int, axis: Int) {
            (0..<3).map { axis in
                let values = box.map { channel($0, axis) }
                return ((values.max() ?? 0) - (values.min() ?? 0), axis)
            }.max { ($0.0, -$0.1) < ($1.0, -$1.1) } ?? (0, 0)
        }
        var boxes = [sums.indices.filter { sums[$0].count > 0 }]
        var spreads = boxes.map(spread)
        while boxes.count < 256 {
            // The box to cut: the longest, weighted by how many pixels it holds.
            let weights = boxes.indices.map { box in
                spreads[box].length * boxes[box].reduce(0) { $0 + sums[$1].count }
            }
            guard let most = weights.max(), most > 0, let place = weights.firstIndex(of: most) else { break }
            let axis = spreads[place].axis
            let box = boxes[place].sorted { (channel($0, axis), $0) < (channel($1, axis), $1) }
            let half = box.reduce(0) { $0 + sums[$1].count } / 2
            var (cut, seen) = (0, 0)
            while cut < box.count - 1, seen <= half {
                seen += sums[box[cut]].count
                cut += 1
            }
            boxes[place] = Array(box[..<max(1, min(cut, box.count - 1))])
            boxes.append(Array(box[max(1, min(cut, box.count - 1))...]))
            spreads[place] = spread(boxes[place])
            spreads.append(spread(boxes[boxes.count - 1]))
        }
        for (index, box) in boxes.enumerated() {
            var total = (count: 0, red: 0, green: 0, blue: 0)
            for cell in box {
                total.count += sums[cell].count
                total.red += sums[cell].red
                total.green += sums[cell].green
                total.blue += sums[cell].blue
                nearest[cell] = UInt8(index)
            }
            let count = max(1, total.count)
            colors.append(
                PixelColor(
                    red: UInt8(total.red / count), green: UInt8(total.green / count), blue: UInt8(total.blue / count)))
        }
    }

    func indices(of frame: PixelImage) -> [UInt8] {
        stride(from: 0, to: frame.pixels.count, by: 3).map {
            nearest[Self.cell(frame.pixels[$0], frame.pixels[$0 + 1], frame.pixels[$0 + 2])]
        }
    }
}
