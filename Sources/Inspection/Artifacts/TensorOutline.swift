import Observatory
import Training

/// One tensor of a file, with the range of its values.
public struct TensorOutline: Sendable, Encodable {
    /// Tensors that people are shown.
    private static let shown = 400

    public let name: String
    /// The stored type, such as `F32`.
    public let type: String
    public let shape: [Int]
    public let count: Int
    /// Range and norm; `nil` when values were not asked for or are of a type that is not read.
    public let values: ValueRange?

    /// The tensors of a safetensors file.
    static func read(_ path: String, options: InspectionOptions) throws -> [TensorOutline] {
        let header = try SafetensorsHeader(path)
        return try header.tensors.enumerated().map { place, tensor in
            var range = ValueRange()
            var isRead = false
            if options.readsRanges {
                isRead = try header.values(of: tensor) { values in for value in values { range.add(value) } }
                options.progress("tensors", place + 1, header.tensors.count)
            }
            return TensorOutline(
                name: tensor.name, type: tensor.type, shape: tensor.shape, count: tensor.count,
                values: isRead ? range : nil)
        }
    }

    /// A table of tensors.
    static func table(_ tensors: [TensorOutline]) -> [String] {
        var table = TextTable(
            ["tensor", "type", "shape", "min", "max", "mean", "norm", "not finite"], numeric: [3, 4, 5, 6, 7])
        for tensor in tensors.prefix(shown) {
            func text(_ value: Double?) -> String { value.map(HumanText.number) ?? "" }
            let range = tensor.values
            table.append([
                tensor.name, tensor.type, HDF5Outline.range(tensor.shape, tensor.shape), text(range?.least),
                text(range?.greatest), text(range?.mean), text(range?.norm),
                range.map { $0.notFinite > 0 ? "\($0.notFinite)" : "" } ?? "",
            ])
        }
        return table.withoutEmptyColumns.lines()
            + (tensors.count > shown ? ["… and \(tensors.count - shown) more"] : [])
    }

    /// `1204224` as `1,204,224`.
    static func grouped(_ count: Int) -> String {
        var text = ""
        for (place, digit) in String(count).reversed().enumerated() {
            if place > 0, place % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }
}
