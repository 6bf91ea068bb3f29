/// NumPy's `.npy` format, version 1.0, for arrays of 32-bit floats in row-major order.
///
/// Source: numpy.lib.format, "Format Version 1.0".
enum NumPyFile {
    static func encode(_ values: [Float], shape: [Int]) -> [UInt8] {
        precondition(values.count == shape.reduce(1, *), "\(values.count) values for shape \(shape)")
        let sides = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
        var header = Array("{'descr': '<f4', 'fortran_order': False, 'shape': (\(sides)), }".utf8)
        // Magic, version and length take ten bytes; the whole is a multiple of 64 and ends with a line break.
        while (header.count + 11) % 64 != 0 { header.append(UInt8(ascii: " ")) }
        header.append(10)
        var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]
        bytes += [UInt8(truncatingIfNeeded: header.count), UInt8(truncatingIfNeeded: header.count >> 8)]
        bytes += header
        for value in values {
            for shift in stride(from: UInt32(0), to: 32, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> shift))
            }
        }
        return bytes
    }
}
