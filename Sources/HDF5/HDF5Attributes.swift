/// The value of an attribute.
public enum HDF5AttributeValue: Hashable, Sendable {
    /// One number for a scalar attribute.
    case integers([Int64])
    case floats([Double])
    case strings([String])
    /// A type this project does not read, named for messages.
    case other(String)
}

/// The attributes of one group or dataset.
public struct HDF5Attributes: Sendable {
    let values: [String: HDF5AttributeValue]

    /// Names, sorted.
    public var names: [String] { values.keys.sorted(by: NaturalOrder.precedes) }

    /// The value of `name`; `nil` when there is no such attribute.
    public subscript(name: String) -> HDF5AttributeValue? { values[name] }

    /// A scalar integer attribute; `nil` when it is absent or another type.
    public func integer(_ name: String) -> Int? {
        guard case .integers(let values) = self[name], values.count == 1 else { return nil }
        return Int(values[0])
    }

    /// A scalar text attribute; `nil` when it is absent or another type.
    public func string(_ name: String) -> String? {
        guard case .strings(let values) = self[name], values.count == 1 else { return nil }
        return values[0]
    }
}
