import DurableFiles
public import Kernels

/// The safetensors format: eight bytes of header length, a JSON header of names, types, shapes and offsets, the data.
///
/// Only 32-bit floats are written. Equal tensors in equal order give equal bytes.
/// Source: https://github.com/huggingface/safetensors, "Format".
public enum SafetensorsFile {
    /// One tensor: row-major values under a name.
    public struct Tensor {
        public let name: String
        public let shape: [Int]
        public let values: FloatView

        public init(name: String, shape: [Int], values: FloatView) {
            self.name = name
            self.shape = shape
            self.values = values
        }
    }

    private struct Entry: Codable {
        let dtype: String
        let shape: [Int]
        let data_offsets: [Int]
    }

    /// The bytes of a file with these tensors, in this order.
    public static func encode(_ tensors: [Tensor], metadata: [String: String] = [:]) throws -> [UInt8] {
        var bytes = try start(tensors, metadata)
        bytes.reserveCapacity(bytes.count + tensors.reduce(0) { $0 + 4 * $1.values.count })
        for tensor in tensors { tensor.values.withUnsafeBytes { bytes.append(contentsOf: $0) } }
        return bytes
    }

    /// Writes and syncs a file with these tensors, in this order, without a copy of their values.
    static func write(
        _ tensors: [Tensor], metadata: [String: String] = [:], to path: String
    ) throws -> DurableFiles.Written {
        let start = try start(tensors, metadata)
        return try DurableFiles.writeFile(to: path) { append in
            try start.withUnsafeBytes { try append($0) }
            for tensor in tensors { try tensor.values.withUnsafeBytes { try append($0) } }
        }
    }

    /// What stands before the values: the header's length and the header.
    private static func start(_ tensors: [Tensor], _ metadata: [String: String]) throws -> [UInt8] {
        func text(_ value: some Encodable) throws -> String {
            String(decoding: try SortedJSON.encode(value), as: UTF8.self)
        }
        var fields: [String] = []
        if !metadata.isEmpty { fields.append("\"__metadata__\":\(try text(metadata))") }
        var offset = 0
        for tensor in tensors {
            let end = offset + 4 * tensor.values.count
            let entry = Entry(dtype: "F32", shape: tensor.shape, data_offsets: [offset, end])
            fields.append("\(try text(tensor.name)):\(try text(entry))")
            offset = end
        }
        var header = Array("{\(fields.joined(separator: ","))}".utf8)
        while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
        let length = stride(from: 0, to: 64, by: 8).map { UInt8(truncatingIfNeeded: header.count >> $0) }
        return length + header
    }
}

extension FloatView {
    /// Calls `body` with the bytes of the elements.
    fileprivate func withUnsafeBytes(_ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        try buffer.withUnsafeBytes { raw in
            try body(UnsafeRawBufferPointer(rebasing: raw[4 * range.lowerBound..<4 * range.upperBound]))
        }
    }
}
