import DurableFiles
import Foundation

/// The tensors that a safetensors file says it holds, without their values: of any type, in files of any size.
///
/// Source: https://github.com/huggingface/safetensors, "Format".
public struct SafetensorsHeader: Sendable {
    /// One tensor.
    public struct Tensor: Hashable, Sendable {
        public let name: String
        /// The stored type, such as `F32` or `BF16`.
        public let type: String
        public let shape: [Int]
        /// Bytes of the file that hold the values, row-major and little-endian.
        public let bytes: Range<Int>

        /// Elements.
        public var count: Int { shape.reduce(1, *) }
    }

    public let path: String
    /// In the order of their bytes.
    public let tensors: [Tensor]
    /// Texts that whoever wrote the file added, by name.
    public let metadata: [String: String]
    /// Bytes of the longest header that is read.
    private static let limitBytes = 256 << 20

    /// Whether a file of `size` bytes that begins with `start` looks like one in this format.
    public static func fits(start: [UInt8], size: Int) -> Bool {
        guard start.count > 8, let length = length(start) else { return false }
        return length >= 2 && length <= size - 8 && start[8] == UInt8(ascii: "{")
    }

    /// Reads the header of `path`.
    ///
    /// - Throws: ``TrainingError`` when it is not such a file or tensors lie outside it, `DurableFilesError` when it cannot
    ///   be read.
    public init(_ path: String) throws {
        self.path = path
        let file = try ReadableFile(path)
        let size = file.size
        guard let length = Self.length(try file.read(at: 0, count: 8)), length <= size - 8, length <= Self.limitBytes
        else { throw TrainingError.damaged(path, "its header does not fit into its \(size) bytes") }
        let text = try file.read(at: 8, count: length)
        guard let header = try? JSONSerialization.jsonObject(with: Data(text)) as? [String: Any] else {
            throw TrainingError.damaged(path, "its header is not JSON")
        }
        metadata = header["__metadata__"] as? [String: String] ?? [:]
        var tensors: [Tensor] = []
        for name in header.keys.sorted() where name != "__metadata__" {
            guard let entry = header[name] as? [String: Any], let type = entry["dtype"] as? String,
                let shape = entry["shape"] as? [Int], let offsets = entry["data_offsets"] as? [Int], offsets.count == 2
            else { throw TrainingError.damaged(path, "tensor '\(name)' lacks type, shape or place") }
            var count = 1
            var overflows = false
            for length in shape {
                let (product, overflow) = count.multipliedReportingOverflow(by: length)
                overflows = overflows || overflow || length < 0
                count = product
            }
            let room = size - 8 - length
            guard !overflows, offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= room else {
                throw TrainingError.damaged(path, "tensor '\(name)' lies outside the file")
            }
            if let width = Self.bytesPerElement(type) {
                let (bytes, overflow) = count.multipliedReportingOverflow(by: width)
                guard !overflow, bytes == offsets[1] - offsets[0] else {
                    throw TrainingError.damaged(
                        path, "tensor '\(name)' of \(type) \(shape) has \(offsets[1] - offsets[0]) bytes")
                }
            }
            let start = 8 + length
            tensors.append(
                Tensor(name: name, type: type, shape: shape, bytes: start + offsets[0]..<start + offsets[1]))
        }
        self.tensors = tensors.sorted { ($0.bytes.lowerBound, $0.name) < ($1.bytes.lowerBound, $1.name) }
    }

    /// Calls `body` with all values of a tensor, some at a time.
    ///
    /// - Returns: `false` when its type is not one that is read: floats of 16, 32 and 64 bits, integers, `BOOL`.
    public func values(of tensor: Tensor, _ body: ([Double]) throws -> Void) throws -> Bool {
        let block = 1 << 18
        for start in stride(from: 0, to: tensor.count, by: block) {
            let bytes = try bytes(of: tensor, elements: start..<min(start + block, tensor.count))
            guard let values = Self.numbers(bytes, tensor.type) else { return false }
            try body(values)
        }
        return Self.bytesPerElement(tensor.type) != nil
    }

    /// The stored bytes of some of a tensor's elements, in row-major order; of all of them for a type of unknown width.
    ///
    /// - Throws: ``TrainingError`` when the file ends within them.
    public func bytes(of tensor: Tensor, elements: Range<Int>) throws -> [UInt8] {
        var range = tensor.bytes
        if let width = Self.bytesPerElement(tensor.type) {
            range = range.lowerBound + width * elements.lowerBound..<range.lowerBound + width * elements.upperBound
        }
        let bytes = try ReadableFile(path).read(at: range.lowerBound, count: range.count)
        guard bytes.count == range.count else {
            throw TrainingError.damaged(path, "it ends inside tensor '\(tensor.name)'")
        }
        return bytes
    }

    private static func length(_ start: [UInt8]) -> Int? {
        guard start.count >= 8 else { return nil }
        let length = start[0..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Int(exactly: length)
    }

    private static func bytesPerElement(_ type: String) -> Int? {
        switch type {
        case "F64", "I64", "U64": 8
        case "F32", "I32", "U32": 4
        case "F16", "BF16", "I16", "U16": 2
        case "I8", "U8", "BOOL": 1
        default: nil
        }
    }

    /// The numbers that `bytes` hold; `nil` for a type that is not read.
    public static func numbers(_ bytes: [UInt8], _ type: String) -> [Double]? {
        func load<Value: FixedWidthInteger>(_ kind: Value.Type, _ convert: (Value) -> Double) -> [Double] {
            let width = MemoryLayout<Value>.size
            return bytes.withUnsafeBytes { raw in
                (0..<bytes.count / width).map {
                    convert(Value(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * width, as: Value.self)))
                }
            }
        }
        switch type {
        case "F64": return load(UInt64.self) { Double(bitPattern: $0) }
        case "F32": return load(UInt32.self) { Double(Float(bitPattern: $0)) }
        case "BF16": return load(UInt16.self) { Double(Float(bitPattern: UInt32($0) << 16)) }
        case "F16": return load(UInt16.self, half)
        case "I64": return load(Int64.self) { Double($0) }
        case "U64": return load(UInt64.self) { Double($0) }
        case "I32": return load(Int32.self) { Double($0) }
        case "U32": return load(UInt32.self) { Double($0) }
        case "I16": return load(Int16.self) { Double($0) }
        case "U16": return load(UInt16.self) { Double($0) }
        case "I8": return load(Int8.self) { Double($0) }
        case "U8", "BOOL": return load(UInt8.self) { Double($0) }
        default: return nil
        }
    }

    /// An IEEE half, which not every platform's Swift has as a type.
    private static func half(_ bits: UInt16) -> Double {
        let sign: Double = bits & 0x8000 == 0 ? 1 : -1
        let exponent = Int(bits >> 10 & 0x1F)
        let fraction = Double(bits & 0x3FF)
        switch exponent {
        case 0: return sign * fraction * 0x1p-24
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default: return sign * Double(sign: .plus, exponent: exponent - 15, significand: 1 + fraction * 0x1p-10)
        }
    }
}
