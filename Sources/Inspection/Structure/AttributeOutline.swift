import HDF5

/// An attribute in short form; of several objects that are folded, what their values have in common.
public struct AttributeOutline: Hashable, Sendable, Encodable {
    /// Values that are told apart before counting stops.
    private static let distinctLimit = 1000
    /// Bytes of a text that are kept.
    private static let textLimit = 4096

    public let name: String
    /// Objects that have it.
    public private(set) var objects: Int
    /// The first object's value, shortened.
    public let value: String
    /// Different values; at most 1000.
    public var distinctValues: Int { distinct.count }
    /// The least value, when all are single numbers.
    public private(set) var least: Double?
    /// The greatest value, when all are single numbers.
    public private(set) var greatest: Double?
    private var distinct: Set<Int>
    private let isWhole: Bool

    init(name: String, value: HDF5AttributeValue) {
        self.name = name
        objects = 1
        let text = Self.text(value)
        self.value = text
        switch value {
        case .integers(let values) where values.count == 1:
            (least, greatest, isWhole) = (Double(values[0]), Double(values[0]), true)
        case .floats(let values) where values.count == 1:
            (least, greatest, isWhole) = (values[0], values[0], false)
        default: (least, greatest, isWhole) = (nil, nil, false)
        }
        distinct = [value.hashValue]
    }

    /// Takes in the same attribute of another object.
    mutating func merge(_ other: AttributeOutline) {
        objects += other.objects
        if let low = least, let high = greatest, let otherLow = other.least, let otherHigh = other.greatest {
            least = min(low, otherLow)
            greatest = max(high, otherHigh)
        } else {
            (least, greatest) = (nil, nil)
        }
        if distinct.count < Self.distinctLimit { distinct.formUnion(other.distinct) }
    }

    /// The value in one line: `14…201`, `"PushT" (12 different)`.
    func text(length: Int) -> String {
        if distinct.count > 1, let least, let greatest {
            return "\(Self.number(least, isWhole: isWhole))…\(Self.number(greatest, isWhole: isWhole))"
        }
        let short = value.shortened(to: length)
        guard distinct.count > 1 else { return short }
        return short + " (\(distinct.count)\(distinct.count < Self.distinctLimit ? "" : " or more") different)"
    }

    private static func number(_ value: Double, isWhole: Bool) -> String {
        isWhole && abs(value) < 9e15 ? "\(Int(value))" : "\(value)"
    }

    private static func text(_ value: HDF5AttributeValue) -> String {
        func list(_ parts: some Collection<String>) -> String {
            if parts.count == 1 { return parts.first ?? "" }
            return "[" + parts.prefix(8).joined(separator: ", ")
                + (parts.count > 8 ? ", … \(parts.count) in all]" : "]")
        }
        switch value {
        case .integers(let values): return list(values.map { "\($0)" })
        case .floats(let values): return list(values.map { "\($0)" })
        case .strings(let values): return list(values.map { "\"\($0.prefix(textLimit))\"" })
        case .other(let kind): return "(\(kind))"
        }
    }

    private enum CodingKeys: String, CodingKey { case name, objects, value, distinctValues, least, greatest }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(objects, forKey: .objects)
        try container.encode(value, forKey: .value)
        try container.encode(distinctValues, forKey: .distinctValues)
        try container.encodeIfPresent(finite(least), forKey: .least)
        try container.encodeIfPresent(finite(greatest), forKey: .greatest)
    }

    private func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }
}
