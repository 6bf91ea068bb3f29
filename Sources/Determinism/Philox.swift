/// The counter-based generator Philox4x32-10: a pure function from (key, counter) to 128 random bits.
///
/// No stream depends on a rank or on how many numbers were drawn before.
/// Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
public enum Philox {
    /// The four random words at `counter` under `key`.
    @inlinable
    public static func block(key: SIMD2<UInt32>, counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
        var key = key
        var c = counter
        for round in 0..<10 {
            if round > 0 { key &+= SIMD2(0x9E37_79B9, 0xBB67_AE85) }
            let p0 = UInt64(0xD251_1F53) * UInt64(c.x)
            let p1 = UInt64(0xCD9E_8D57) * UInt64(c.z)
            c = SIMD4(
                UInt32(truncatingIfNeeded: p1 >> 32) ^ c.y ^ key.x, UInt32(truncatingIfNeeded: p1),
                UInt32(truncatingIfNeeded: p0 >> 32) ^ c.w ^ key.y, UInt32(truncatingIfNeeded: p0))
        }
        return c
    }
}

/// What random numbers are for; part of the key of every stream, so that no two uses share numbers.
public struct RandomPurpose: Hashable, Sendable {
    /// Stable text, such as `init.weights`; changing it changes every number drawn for it.
    public let name: String

    /// Names a purpose.
    public init(_ name: String) { self.name = name }
}

/// Random numbers addressed by three indices, keyed by (run seed, purpose).
///
/// The counter is (step, sample, position) or whatever three indices name a number once and for all.
public struct RandomField: Sendable {
    /// The Philox key: the first eight bytes of SHA-256 over seed and purpose.
    public let key: SIMD2<UInt32>

    /// The field of `purpose` in a run seeded with `seed`.
    public init(seed: UInt64, purpose: RandomPurpose) {
        let bytes = CanonicalValue.list([.int(Int64(bitPattern: seed)), .string(purpose.name)]).digest.bytes
        func word(_ start: Int) -> UInt32 { bytes[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) } }
        key = SIMD2(word(0), word(4))
    }

    /// 128 random bits; `position` counts blocks of four words.
    @inlinable
    public func block(_ step: UInt32, _ sample: UInt32 = 0, position: UInt64 = 0) -> SIMD4<UInt32> {
        Philox.block(
            key: key,
            counter: SIMD4(
                step, sample, UInt32(truncatingIfNeeded: position), UInt32(truncatingIfNeeded: position >> 32)))
    }

    /// A stream of words that starts at (step, sample) and walks position.
    public func stream(_ step: UInt32 = 0, _ sample: UInt32 = 0) -> RandomWords {
        RandomWords(field: self, step: step, sample: sample)
    }
}

/// A generator that walks the positions of one (step, sample) of a ``RandomField``.
public struct RandomWords: RandomNumberGenerator, Sendable {
    let field: RandomField
    let step: UInt32
    let sample: UInt32
    var position: UInt64 = 0
    var pending: SIMD4<UInt32> = .zero
    var used = 4

    init(field: RandomField, step: UInt32, sample: UInt32) {
        self.field = field
        self.step = step
        self.sample = sample
    }

    /// The next 32 bits.
    public mutating func word() -> UInt32 {
        if used == 4 {
            pending = field.block(step, sample, position: position)
            position += 1
            used = 0
        }
        defer { used += 1 }
        return pending[used]
    }

    public mutating func next() -> UInt64 {
        let low = UInt64(word())
        return low | UInt64(word()) << 32
    }

    /// Uniform in [0, 1), from 53 bits.
    public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Uniform in 0..<bound without bias (multiply and reject, Lemire 2019).
    public mutating func index(below bound: Int) -> Int {
        precondition(bound > 0)
        let range = UInt64(bound)
        let threshold = (0 &- range) % range
        while true {
            let product = next().multipliedFullWidth(by: range)
            if product.low >= threshold { return Int(product.high) }
        }
    }

    /// A normal deviate with mean 0 and deviation 1 (Box-Muller on this project's own log, sin and cos).
    public mutating func normal() -> Double {
        let radius = (-2 * ExactMath.log(1 - unit())).squareRoot()
        return radius * ExactMath.cos(2 * Double.pi * unit())
    }
}
