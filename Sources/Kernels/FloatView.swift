/// A range of a ``FloatBuffer``; it keeps the buffer alive and shares its memory.
@safe public struct FloatView: Sendable {
    /// The buffer that is looked at.
    public let buffer: FloatBuffer
    /// Which elements of it.
    public let range: Range<Int>

    /// The elements `range` of `buffer`, which must exist.
    public init(_ buffer: FloatBuffer, _ range: Range<Int>) {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= buffer.count, "floats \(range) of \(buffer.count)")
        self.buffer = buffer
        self.range = range
    }

    /// How many floats there are.
    public var count: Int { range.count }

    var base: UnsafeMutablePointer<Float> { unsafe buffer.base + range.lowerBound }

    /// The element at `index`, counted from the view's first.
    public subscript(index: Int) -> Float {
        get {
            precondition(index >= 0 && index < count, "float \(index) of \(count)")
            return unsafe base[index]
        }
        nonmutating set {
            precondition(index >= 0 && index < count, "float \(index) of \(count)")
            unsafe base[index] = newValue
        }
    }

    /// A part of this view; `part` counts from the view's first element.
    public subscript(part: Range<Int>) -> FloatView {
        precondition(part.lowerBound >= 0 && part.upperBound <= count, "floats \(part) of \(count)")
        return FloatView(buffer, range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound)
    }

    /// A copy as an array.
    public var array: [Float] { unsafe Array(UnsafeBufferPointer(start: base, count: count)) }

    /// Sets every element.
    public func fill(_ value: Float) { unsafe base.update(repeating: value, count: count) }

    /// Copies the elements of `other`, which must be as many; the two may be the same memory.
    public func copy(from other: FloatView) {
        precondition(other.count == count, "copying \(other.count) floats into \(count)")
        unsafe base.update(from: other.base, count: count)
    }

    /// Copies an array of the same length into the view.
    public func copy(from values: [Float]) {
        precondition(values.count == count, "copying \(values.count) floats into \(count)")
        unsafe values.withUnsafeBufferPointer { source in
            if let start = source.baseAddress { unsafe base.update(from: start, count: count) }
        }
    }
}
