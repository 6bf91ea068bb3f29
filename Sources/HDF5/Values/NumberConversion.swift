/// Converts stored numbers as HDF5 documents it: integers that do not fit become the nearest one that does, fractions are
/// cut off, and floats are rounded to the nearest; not-a-number becomes the integer 0.
///
/// The library itself misses some ends: 1.10.8 makes the 32-bit integer -2^31 of 2^31.
enum NumberConversion {
    /// Fills `values` with the numbers of `stored`, one for one.
    static func convert<Value: HDF5Number>(
        _ stored: UnsafeRawBufferPointer, _ element: HDF5ElementType, isBigEndian: Bool, into values: inout [Value]
    ) {
        unsafe values.withUnsafeMutableBytes { values in
            let conversion = unsafe Conversion(
                stored: stored, element: element, isBigEndian: isBigEndian, values: values)
            switch Value.elementType {
            case .integer(1, false): unsafe conversion.fill(UInt8.self)
            case .integer(1, true): unsafe conversion.fill(Int8.self)
            case .integer(2, false): unsafe conversion.fill(UInt16.self)
            case .integer(2, true): unsafe conversion.fill(Int16.self)
            case .integer(4, true): unsafe conversion.fill(Int32.self)
            case .integer(8, true): unsafe conversion.fill(Int64.self)
            case .float(4): unsafe conversion.fill(Float.self)
            case .float(8): unsafe conversion.fill(Double.self)
            default: break
            }
        }
    }
}

/// A number that stored ones become.
private protocol Target: BitwiseCopyable {
    static func nearest(to value: Int64) -> Self
    static func nearest(to value: UInt64) -> Self
    static func nearest(to value: Double) -> Self
}

extension Target where Self: FixedWidthInteger {
    static func nearest(to value: Int64) -> Self { Self(clamping: value) }
    static func nearest(to value: UInt64) -> Self { Self(clamping: value) }
    static func nearest(to value: Double) -> Self {
        if let exact = Self(exactly: value.rounded(.towardZero)) { return exact }
        return value.isNaN ? 0 : value < 0 ? .min : .max
    }
}

extension Target where Self: BinaryFloatingPoint {
    static func nearest(to value: Int64) -> Self { Self(value) }
    static func nearest(to value: UInt64) -> Self { Self(value) }
    static func nearest(to value: Double) -> Self { Self(value) }
}

extension UInt8: Target {}
extension Int8: Target {}
extension UInt16: Target {}
extension Int16: Target {}
extension Int32: Target {}
extension Int64: Target {}
extension Float: Target {}
extension Double: Target {}

/// From where to where, with the loops for every pair of types.
@unsafe
private struct Conversion {
    let stored: UnsafeRawBufferPointer
    let element: HDF5ElementType
    let isBigEndian: Bool
    let values: UnsafeMutableRawBufferPointer

    func fill<Value: Target>(_ value: Value.Type) {
        switch unsafe element {
        case .boolean, .integer(1, false): unsafe each(UInt8.self) { Value.nearest(to: UInt64($0)) }
        case .integer(1, true): unsafe each(Int8.self) { Value.nearest(to: Int64($0)) }
        case .integer(2, false): unsafe each(UInt16.self) { Value.nearest(to: UInt64($0)) }
        case .integer(2, true): unsafe each(Int16.self) { Value.nearest(to: Int64($0)) }
        case .integer(4, false): unsafe each(UInt32.self) { Value.nearest(to: UInt64($0)) }
        case .integer(4, true): unsafe each(Int32.self) { Value.nearest(to: Int64($0)) }
        case .integer(8, false): unsafe each(UInt64.self) { Value.nearest(to: $0) }
        case .integer(8, true): unsafe each(Int64.self) { Value.nearest(to: $0) }
        case .float(2): unsafe each(UInt16.self) { Value.nearest(to: Double(Float16(bitPattern: $0))) }
        case .float(4): unsafe each(UInt32.self) { Value.nearest(to: Double(Float(bitPattern: $0))) }
        case .float(8): unsafe each(UInt64.self) { Value.nearest(to: Double(bitPattern: $0)) }
        default: break
        }
    }

    private func each<Stored: FixedWidthInteger, Value: Target>(
        _ type: Stored.Type, _ convert: (Stored) -> Value
    ) {
        let count = unsafe min(
            stored.count / MemoryLayout<Stored>.size, values.count / MemoryLayout<Value>.stride)
        for index in 0..<count {
            let bits = unsafe stored.loadUnaligned(
                fromByteOffset: index * MemoryLayout<Stored>.size, as: Stored.self)
            unsafe values.storeBytes(
                of: unsafe convert(isBigEndian ? Stored(bigEndian: bits) : Stored(littleEndian: bits)),
                toByteOffset: index * MemoryLayout<Value>.stride, as: Value.self)
        }
    }
}
