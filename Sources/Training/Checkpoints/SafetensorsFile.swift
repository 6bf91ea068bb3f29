import Foundation
public import Kernels

/// The safetensors format: eight bytes of header length, a JSON header of names, types, shapes and offsets, the data.
///
/// Only 32-bit floats are written and read. Equal tensors in equal order give equal bytes.
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
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + header.count + offset)
        for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: header.count >> shift)) }
        bytes += header
        for tensor in tensors {
            let range = tensor.values.range
            tensor.values.buffer.withUnsafeBytes { raw in
                bytes.append(
                    contentsOf: UnsafeRawBufferPointer(rebasing: raw[4 * range.lowerBound..<4 * range.upperBound]))
            }
        }
        return bytes
    }

    /// Calls `body` for every tensor of a file's bytes, names ascending.
    ///
    /// - Parameter path: named in errors.
    /// - Throws: ``TrainingError`` when the bytes are not such a file.
    public static func decode(
        _ bytes: [UInt8], path: String,
        _ body: (_ name: String, _ shape: [Int], _ values: UnsafeRawBufferPointer) throws -> Void
    ) throws {
        guard bytes.count >= 8 else { throw TrainingError.damaged(path, "it has \(bytes.count) bytes") }
        let length = bytes[0..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(bytes.count - 8) else {
            throw TrainingError.damaged(path, "its header does not fit into it")
        }
        let start = 8 + Int(length)
        guard let header = try? JSONSerialization.jsonObject(with: Data(bytes[8..<start])) as? [String: Any] else {
            throw TrainingError.damaged(path, "its header is not JSON")
        }
        for name in header.keys.sorted() where name != "__metadata__" {
            guard let entry = header[name] as? [String: Any], entry["dtype"] as? String == "F32",
                let shape = entry["shape"] as? [Int], let offsets = entry["data_offsets"] as? [Int], offsets.count == 2,
                offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= bytes.count - start,
                offsets[1] - offsets[0] == 4 * shape.reduce(1, *)
            else { throw TrainingError.damaged(path, "tensor '\(name)' is not one of 32-bit floats inside the file") }
            try bytes.withUnsafeBytes { raw in
                try body(name, shape, UnsafeRawBufferPointer(rebasing: raw[start + offsets[0]..<start + offsets[1]]))
            }
        }
    }
}

extension FloatView {
    /// Copies the bytes of as many floats into the view.
    func copy(bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count == 4 * count, "\(bytes.count) bytes for \(count) floats")
        buffer.withUnsafeMutableBytes { raw in
            UnsafeMutableRawBufferPointer(rebasing: raw[4 * range.lowerBound..<4 * range.upperBound]).copyMemory(
                from: bytes)
        }
    }
}
