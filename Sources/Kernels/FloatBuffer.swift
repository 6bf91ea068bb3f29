import CKernels

/// Floats in memory that begins at a multiple of 64 bytes; zero when new.
///
/// A reference: views of it share the memory.
///
/// Safety: the memory lives as long as the object and every access is checked against ``count``. It is `Sendable` so that
/// threads can fill disjoint parts; whoever writes while others touch the same elements breaks the rule that Swift cannot
/// check here, as with any array of a C library.
@safe public final class FloatBuffer: @unchecked Sendable {
    /// How many floats there are.
    public let count: Int
    let base: UnsafeMutablePointer<Float>

    /// `count` zeros.
    public init(count: Int) {
        precondition(count >= 0, "a buffer cannot hold \(count) floats")
        self.count = count
        let size = max(64, (count * 4 + 63) & ~63)
        let huge = Int(orc_huge_page)
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: size >= huge ? huge : 64)
        if size >= huge { unsafe orc_advise_huge_pages(bytes, size) }
        unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        unsafe base = bytes.bindMemory(to: Float.self, capacity: count)
    }

    /// A copy of `values`.
    public convenience init(_ values: [Float]) {
        self.init(count: values.count)
        unsafe values.withUnsafeBufferPointer { source in
            if let start = source.baseAddress { unsafe base.update(from: start, count: source.count) }
        }
    }

    deinit { unsafe UnsafeMutableRawPointer(base).deallocate() }

    /// The element at `index`, which must exist.
    public subscript(index: Int) -> Float {
        get {
            precondition(index >= 0 && index < count, "float \(index) of \(count)")
            return unsafe base[index]
        }
        set {
            precondition(index >= 0 && index < count, "float \(index) of \(count)")
            unsafe base[index] = newValue
        }
    }

    /// The elements of `range`.
    public subscript(range: Range<Int>) -> FloatView { FloatView(self, range) }

    /// All elements.
    public var all: FloatView { FloatView(self, 0..<count) }

    /// A copy of the elements as an array.
    public var array: [Float] { all.array }

    /// Calls `body` with the elements.
    public func withUnsafeBufferPointer<Result>(
        _ body: (UnsafeBufferPointer<Float>) throws -> Result
    ) rethrows -> Result {
        try unsafe body(UnsafeBufferPointer(start: base, count: count))
    }

    /// Calls `body` with the elements, which it may change.
    public func withUnsafeMutableBufferPointer<Result>(
        _ body: (UnsafeMutableBufferPointer<Float>) throws -> Result
    ) rethrows -> Result {
        try unsafe body(UnsafeMutableBufferPointer(start: base, count: count))
    }

    /// Calls `body` with the bytes of the elements.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try unsafe body(UnsafeRawBufferPointer(start: base, count: count * 4))
    }

    /// Calls `body` with the bytes of the elements, which it may change.
    public func withUnsafeMutableBytes<Result>(
        _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try unsafe body(UnsafeMutableRawBufferPointer(start: base, count: count * 4))
    }

    /// Sets every element.
    public func fill(_ value: Float) { all.fill(value) }
}
