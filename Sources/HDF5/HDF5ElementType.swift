import CHDF5

/// The stored type of one element of a dataset or attribute.
public enum HDF5ElementType: Hashable, Sendable, CustomStringConvertible {
    /// Bytes per element.
    case integer(bytes: Int, signed: Bool)
    /// Bytes per element.
    case float(bytes: Int)
    /// How h5py stores booleans: an enumeration of one byte.
    case boolean
    /// Padded to a fixed number of bytes.
    case fixedString(bytes: Int)
    case variableString
    /// Compounds, references, opaque bytes and others this project does not read; with a word for messages.
    case other(String)

    /// Whether elements can be read as numbers.
    public var isNumeric: Bool {
        switch self {
        case .integer, .float, .boolean: true
        case .fixedString, .variableString, .other: false
        }
    }

    /// Bytes of one element in the file.
    public var bytes: Int {
        switch self {
        case .integer(let bytes, _), .float(let bytes), .fixedString(let bytes): bytes
        case .boolean: 1
        case .variableString: 16
        case .other: 1
        }
    }

    public var description: String {
        switch self {
        case .integer(let bytes, let signed): "\(signed ? "int" : "uint")\(bytes * 8)"
        case .float(let bytes): "float\(bytes * 8)"
        case .boolean: "bool"
        case .fixedString(let bytes): "string of \(bytes) bytes"
        case .variableString: "string"
        case .other(let name): name
        }
    }
}

/// A number that datasets can be read into and written from; HDF5 converts between stored and asked types.
public protocol HDF5Number: BitwiseCopyable, Sendable {
    /// A zero, to fill memory before it is read into.
    init()
    /// The stored type that needs no conversion.
    static var elementType: HDF5ElementType { get }
}

extension HDF5Number {
    /// The library's identifier of this type in memory; to be asked for under the library's lock.
    static var memoryType: hid_t {
        switch elementType {
        case .integer(1, false): orc_h5t_uint8()
        case .integer(1, true): orc_h5t_int8()
        case .integer(2, false): orc_h5t_uint16()
        case .integer(2, true): orc_h5t_int16()
        case .integer(4, true): orc_h5t_int32()
        case .integer(8, true): orc_h5t_int64()
        case .float(4): orc_h5t_float()
        case .float(8): orc_h5t_double()
        default: -1
        }
    }
}

extension UInt8: HDF5Number { public static var elementType: HDF5ElementType { .integer(bytes: 1, signed: false) } }
extension Int8: HDF5Number { public static var elementType: HDF5ElementType { .integer(bytes: 1, signed: true) } }
extension UInt16: HDF5Number { public static var elementType: HDF5ElementType { .integer(bytes: 2, signed: false) } }
extension Int16: HDF5Number { public static var elementType: HDF5ElementType { .integer(bytes: 2, signed: true) } }
extension Int32: HDF5Number { public static var elementType: HDF5ElementType { .integer(bytes: 4, signed: true) } }
extension Int64: HDF5Number { public static var elementType: HDF5ElementType { .integer(bytes: 8, signed: true) } }
extension Float: HDF5Number { public static var elementType: HDF5ElementType { .float(bytes: 4) } }
extension Double: HDF5Number { public static var elementType: HDF5ElementType { .float(bytes: 8) } }
