import DurableFiles
import Training

/// Compares the tensors of two safetensors files.
enum TensorComparison {
    /// The differences, one for a tensor; `nil` unless both are such files.
    static func differences(_ first: String, _ second: String) throws -> [Difference]? {
        guard let here = header(first), let there = header(second) else { return nil }
        var found: [Difference] = []
        let others = Dictionary(there.tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for tensor in here.tensors {
            guard let other = others[tensor.name] else {
                found.append(Difference(place: place(tensor), first: kind(tensor), second: "absent"))
                continue
            }
            guard tensor.type == other.type, tensor.shape == other.shape else {
                found.append(Difference(place: place(tensor), first: kind(tensor), second: kind(other)))
                continue
            }
            if let difference = try values(tensor, here, other, there) { found.append(difference) }
        }
        let known = Set(here.tensors.map(\.name))
        for tensor in there.tensors where !known.contains(tensor.name) {
            found.append(Difference(place: place(tensor), first: "absent", second: kind(tensor)))
        }
        for name in Set(here.metadata.keys).union(there.metadata.keys).sorted()
        where here.metadata[name] != there.metadata[name] {
            found.append(
                Difference(
                    place: "metadata '\(name)'", first: here.metadata[name] ?? "absent",
                    second: there.metadata[name] ?? "absent"))
        }
        return found
    }

    private static func header(_ path: String) -> SafetensorsHeader? {
        guard let file = try? ReadableFile(path), let start = try? file.read(at: 0, count: 16),
            SafetensorsHeader.fits(start: start, size: file.size)
        else { return nil }
        return try? SafetensorsHeader(path)
    }

    private static func place(_ tensor: SafetensorsHeader.Tensor) -> String { "tensor '\(tensor.name)'" }

    private static func kind(_ tensor: SafetensorsHeader.Tensor) -> String {
        "\(tensor.type) [\(tensor.shape.map(String.init).joined(separator: ", "))]"
    }

    /// The first element that differs in its bits, and how many do.
    private static func values(
        _ tensor: SafetensorsHeader.Tensor, _ here: SafetensorsHeader, _ other: SafetensorsHeader.Tensor,
        _ there: SafetensorsHeader
    ) throws -> Difference? {
        var tally = ElementTally(shape: tensor.shape, isSingle: tensor.type == "F32")
        let block = 1 << 18
        for start in stride(from: 0, to: max(1, tensor.count), by: block) {
            let elements = start..<min(start + block, tensor.count)
            let first = try here.bytes(of: tensor, elements: elements)
            let second = try there.bytes(of: other, elements: elements)
            guard first != second else { continue }
            guard let numbers = SafetensorsHeader.numbers(first, tensor.type),
                let others = SafetensorsHeader.numbers(second, tensor.type)
            else {
                return Difference(
                    place: place(tensor), first: "other bytes of the type \(tensor.type)",
                    second: "which is not read")
            }
            let width = first.count / max(1, numbers.count)
            for index in numbers.indices {
                let range = index * width..<(index + 1) * width
                tally.add(start + index, numbers[index], others[index], isSame: first[range] == second[range])
            }
        }
        return tally.difference(in: place(tensor))
    }
}

/// Counts the elements of an array that differ, and keeps the first.
struct ElementTally {
    private let shape: [Int]
    private let isSingle: Bool
    private var first: (index: Int, here: Double, there: Double)?
    private var differing = 0
    private var largest = 0.0

    /// - Parameter isSingle: whether elements are stored in 32 bits, which take fewer digits to tell apart.
    init(shape: [Int], isSingle: Bool) {
        self.shape = shape
        self.isSingle = isSingle
    }

    /// Takes in the element at `index` of the row-major order.
    mutating func add(_ index: Int, _ here: Double, _ there: Double, isSame: Bool) {
        guard !isSame else { return }
        if first == nil { first = (index, here, there) }
        differing += 1
        largest = max(largest, (here - there).magnitude)
    }

    /// What was found; `nil` when nothing differs.
    func difference(in place: String) -> Difference? {
        guard let first else { return nil }
        var rest = first.index
        var position: [Int] = []
        for length in shape.reversed() {
            position.insert(rest % max(1, length), at: 0)
            rest /= max(1, length)
        }
        let at = position.isEmpty ? "" : " [\(position.map(String.init).joined(separator: ", "))]"
        return Difference(
            place: place + at, first: text(first.here), second: text(first.there),
            elements: Difference.Elements(differing: differing, of: shape.reduce(1, *)),
            largest: largest > 0 ? largest : nil)
    }

    /// The shortest text that tells a number from all others; whole ones without a fraction.
    private func text(_ value: Double) -> String {
        if value == value.rounded(), value.magnitude < 1e15, !(value == 0 && value.sign == .minus) {
            return String(Int(value))
        }
        return isSingle ? "\(Float(value))" : "\(value)"
    }
}
