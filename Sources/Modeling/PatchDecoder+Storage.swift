public import Kernels

extension PatchDecoder {
    private static let magic: UInt32 = 0x3244_504F  // "OPD2"

    /// All of the decoder as little-endian words: magic, codes, patch, side of the neighbourhood, hidden width; codebook and weights as
    /// floats; then 1 for each code that gets a correction and 0 for others.
    public var bytes: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(20 + (codebook.count + weights.count + codes) * 4)
        func append(_ word: UInt32) {
            for shift in stride(from: UInt32(0), to: 32, by: 8) {
                result.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        append(Self.magic)
        append(UInt32(codes))
        append(UInt32(patch))
        append(UInt32(shape.side))
        append(UInt32(shape.hidden))
        for value in codebook.array { append(value.bitPattern) }
        for value in weights.array { append(value.bitPattern) }
        for isCorrected in corrected { append(isCorrected ? 1 : 0) }
        return result
    }

    /// The decoder that ``bytes`` describes.
    ///
    /// - Throws: ``ModelingError`` for another format, a wrong length or a value that is no number.
    public init(bytes: [UInt8], kernels: Kernels? = nil) throws {
        func word(_ index: Int) -> UInt32 {
            (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[index * 4 + $1]) << UInt32(8 * $1) }
        }
        guard bytes.count >= 20, word(0) == Self.magic else {
            throw ModelingError(
                .format, "\(bytes.count) bytes that are no patch decoder; it is damaged or of another version")
        }
        let (codes, patch) = (Int(word(1)), Int(word(2)))
        let (side, hidden) = (Int(word(3)), Int(word(4)))
        guard (1...65535).contains(codes), (1...1024).contains(patch), (1...15).contains(side), side % 2 == 1,
            (1...65536).contains(hidden)
        else {
            throw ModelingError(.format, "a patch decoder of \(codes) codes and patches of \(patch) pixels is damaged")
        }
        let shape = Shape(codes: codes, pixels: patch * patch * 3, side: side, hidden: hidden)
        let expected = 20 + 4 * (codes * shape.pixels + shape.count + codes)
        guard bytes.count == expected else {
            throw ModelingError(
                .format, "a patch decoder of \(bytes.count) bytes; \(expected) expected: it was cut or extended")
        }
        let codebook = FloatBuffer(count: codes * shape.pixels)
        let weights = FloatBuffer(count: shape.count)
        for i in 0..<codebook.count { codebook[i] = Float(bitPattern: word(5 + i)) }
        for i in 0..<weights.count { weights[i] = Float(bitPattern: word(5 + codebook.count + i)) }
        let used = try kernels ?? Kernels.current()
        guard used.firstNonFinite(in: codebook.all) == nil, used.firstNonFinite(in: weights.all) == nil else {
            throw ModelingError(.format, "a patch decoder with NaN or infinity in it is damaged")
        }
        let corrected = (0..<codes).map { word(5 + codebook.count + weights.count + $0) != 0 }
        self.init(shape, patch: patch, codebook: codebook, weights: weights, corrected: corrected, kernels: used)
    }
}
