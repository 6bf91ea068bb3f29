/// Structural similarity of pictures: how alike means, contrasts and structure are, 1 for equal pictures.
///
/// Over gray values ((R + G + B)/3) in windows of 8×8 pixels, 4 apart, with the usual constants (0.01·255)² and (0.03·255)²; sums are of
/// integers and therefore exact.
///
/// - Source: Wang et al., Image quality assessment: from error visibility to structural similarity (2004).
public struct StructuralSimilarity: Sendable {
    private static let side = 8
    private static let stride = 4

    private var sum = 0.0
    private var windows = 0

    public init() {}

    /// The mean over all windows of all pictures; `nil` when there is none.
    public var mean: Double? { windows > 0 ? sum / Double(windows) : nil }

    /// Adds whole frames `[N, H, W, C]`.
    public mutating func add(_ original: [UInt8], _ decoded: [UInt8], height: Int, width: Int, channels: Int) {
        precondition(original.count == decoded.count && original.count % (height * width * channels) == 0)
        let frames = original.count / (height * width * channels)
        // Gray values are kept as sums over channels: constants grow by their square.
        let (c1, c2) = (6.5025 * Double(channels * channels), 58.5225 * Double(channels * channels))
        var a = [Int](repeating: 0, count: height * width)
        var b = a
        for frame in 0..<frames {
            let start = frame * height * width * channels
            for pixel in 0..<height * width {
                var (left, right) = (0, 0)
                for channel in 0..<channels {
                    left += Int(original[start + pixel * channels + channel])
                    right += Int(decoded[start + pixel * channels + channel])
                }
                a[pixel] = left
                b[pixel] = right
            }
            for top in Swift.stride(from: 0, through: height - Self.side, by: Self.stride) {
                for left in Swift.stride(from: 0, through: width - Self.side, by: Self.stride) {
                    var (sa, sb, saa, sbb, sab) = (0, 0, 0, 0, 0)
                    for y in top..<top + Self.side {
                        for pixel in y * width + left..<y * width + left + Self.side {
                            sa += a[pixel]
                            sb += b[pixel]
                            saa += a[pixel] * a[pixel]
                            sbb += b[pixel] * b[pixel]
                            sab += a[pixel] * b[pixel]
                        }
                    }
                    let n = Double(Self.side * Self.side)
                    let (ma, mb) = (Double(sa) / n, Double(sb) / n)
                    let va = Double(saa) / n - ma * ma
                    let vb = Double(sbb) / n - mb * mb
                    let cov = Double(sab) / n - ma * mb
                    sum += (2 * ma * mb + c1) * (2 * cov + c2) / ((ma * ma + mb * mb + c1) * (va + vb + c2))
                    windows += 1
                }
            }
        }
    }
}
