import DurableFiles
import HDF5

/// Compares groups, attributes and datasets of two HDF5 files.
///
/// Storage does not count: data that reads the same is the same, however it is packed.
struct HDF5Comparison {
    private var found: [Difference] = []
    private var seen: Set<[HDF5Identity]> = []

    /// The differences, one for a dataset or attribute; `nil` unless both are such files.
    static func differences(_ first: String, _ second: String) throws -> [Difference]? {
        let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46]
        for path in [first, second] {
            guard try ReadableFile(path).read(at: 0, count: 4) == signature else { return nil }
        }
        guard let here = try? HDF5File(reading: first), let there = try? HDF5File(reading: second) else { return nil }
        var comparison = HDF5Comparison()
        try comparison.groups(here.root, there.root)
        return comparison.found.isEmpty
            ? [Difference(place: "how it is stored", first: "equal values", second: "equal values")]
            : comparison.found
    }

    private mutating func groups(_ here: HDF5Group, _ there: HDF5Group) throws {
        guard seen.insert([here.identity, there.identity]).inserted else { return }
        attributes(here.attributes, there.attributes, here.path)
        for name in Set(here.names).union(there.names).sorted(by: NaturalOrder.precedes) {
            let path = here.path == "/" ? "/" + name : here.path + "/" + name
            let kinds = (here.kind(of: name), there.kind(of: name))
            guard kinds.0 == kinds.1 else {
                note(path, Self.word(kinds.0), Self.word(kinds.1))
                continue
            }
            switch kinds.0 {
            case .group: try groups(here.group(name), there.group(name))
            case .dataset: try datasets(here.dataset(name), there.dataset(name))
            case .other, nil: continue
            }
        }
    }

    private mutating func attributes(_ here: HDF5Attributes, _ there: HDF5Attributes, _ path: String) {
        for name in Set(here.names).union(there.names).sorted(by: NaturalOrder.precedes)
        where here[name] != there[name] {
            note(path + "@" + name, Self.text(here[name]), Self.text(there[name]))
        }
    }

    private mutating func datasets(_ here: HDF5Dataset, _ there: HDF5Dataset) throws {
        attributes(here.attributes, there.attributes, here.path)
        guard here.shape == there.shape, here.element == there.element else {
            note(here.path, "\(here.element) \(here.shape)", "\(there.element) \(there.shape)")
            return
        }
        if here.element.isNumeric {
            try numbers(here, there)
        } else if case .other = here.element {
            return
        } else {
            let (first, second) = (try here.readStrings(), try there.readStrings())
            if let index = zip(first, second).enumerated().first(where: { $0.element.0 != $0.element.1 })?.offset {
                note("\(here.path) [\(index)]", first[index], second[index])
            }
        }
    }

    private mutating func numbers(_ here: HDF5Dataset, _ there: HDF5Dataset) throws {
        var tally = ElementTally(shape: here.shape, isSingle: here.element == .float(bytes: 4))
        let rowLength = here.shape.dropFirst().reduce(1, *)
        guard let rows = here.shape.first else {
            try Self.add(here.read(Double.self), there.read(Double.self), at: 0, to: &tally)
            if let difference = tally.difference(in: here.path) { found.append(difference) }
            return
        }
        let block = max(1, (1 << 20) / max(1, rowLength))
        for start in stride(from: 0, to: rows, by: block) {
            let range = start..<min(start + block, rows)
            try Self.add(
                here.read(Double.self, rows: range), there.read(Double.self, rows: range), at: start * rowLength,
                to: &tally)
        }
        if let difference = tally.difference(in: here.path) { found.append(difference) }
    }

    private static func add(_ here: [Double], _ there: [Double], at start: Int, to tally: inout ElementTally) {
        for index in here.indices {
            tally.add(
                start + index, here[index], there[index], isSame: here[index].bitPattern == there[index].bitPattern)
        }
    }

    private mutating func note(_ place: String, _ first: String, _ second: String) {
        found.append(Difference(place: place, first: first, second: second))
    }

    private static func word(_ kind: HDF5ObjectKind?) -> String {
        switch kind {
        case .group: "a group"
        case .dataset: "a dataset"
        case .other: "an object that cannot be opened"
        case nil: "absent"
        }
    }

    private static func text(_ value: HDF5AttributeValue?) -> String {
        switch value {
        case .integers(let values): values.count == 1 ? "\(values[0])" : "\(values)"
        case .floats(let values): values.count == 1 ? "\(values[0])" : "\(values)"
        case .strings(let values): values.count == 1 ? values[0] : "\(values)"
        case .other(let kind): kind
        case nil: "absent"
        }
    }
}
