import CHDF5

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
    let file: HDF5File
    let path: String
    let owner: HDF5Handle

    /// Attributes larger than this are refused: they are metadata, not data.
    private static let limitBytes = 64 << 20

    /// Names, sorted.
    public func names() throws(HDF5Error) -> [String] {
        let collected = NameList()
        try HDF5Library.call(.badFile, file: file.path, object: path, "its attributes cannot be listed") {
            unsafe orc_h5_attributes(owner.id, collectName, Unmanaged.passUnretained(collected).toOpaque())
        }
        return collected.names.sorted(by: NaturalOrder.precedes)
    }

    /// The value of `name`; `nil` when there is no such attribute.
    public subscript(name: String) -> HDF5AttributeValue? {
        get throws(HDF5Error) {
            let exists = try HDF5Library.call(.badFile, file: file.path, object: path, "its attributes cannot be read")
            {
                unsafe H5Aexists(owner.id, name)
            }
            guard exists > 0 else { return nil }
            return try read(name)
        }
    }

    /// A scalar integer attribute; `nil` when it is absent or another type.
    public func integer(_ name: String) throws(HDF5Error) -> Int? {
        guard case .integers(let values) = try self[name], values.count == 1 else { return nil }
        return Int(values[0])
    }

    /// A scalar text attribute; `nil` when it is absent or another type.
    public func string(_ name: String) throws(HDF5Error) -> String? {
        guard case .strings(let values) = try self[name], values.count == 1 else { return nil }
        return values[0]
    }

    private func read(_ name: String) throws(HDF5Error) -> HDF5AttributeValue {
        let object = path + "@" + name
        let id = try HDF5Library.call(.badFile, file: file.path, object: object, "the attribute cannot be opened") {
            unsafe H5Aopen(owner.id, name, 0)
        }
        let attribute = HDF5Handle(id)
        let type = HDF5Handle(
            try HDF5Library.call(.badFile, file: file.path, object: object, "its type cannot be read") {
                H5Aget_type(attribute.id)
            })
        let space = HDF5Handle(
            try HDF5Library.call(.badFile, file: file.path, object: object, "its shape cannot be read") {
                H5Aget_space(attribute.id)
            })
        let count = Int(
            try HDF5Library.call(.badFile, file: file.path, object: object, "its shape cannot be read") {
                H5Sget_simple_extent_npoints(space.id)
            })
        let element = HDF5Library.locked { HDF5ElementType.describing(type.id) }
        guard count.multipliedReportingOverflow(by: max(element.bytes, 8)).partialValue <= Self.limitBytes,
            count <= Self.limitBytes
        else {
            throw HDF5Error(.badFile, file: file.path, object: object, message: "the attribute claims \(count) values")
        }
        switch element {
        case .integer, .boolean:
            var values = [Int64](repeating: 0, count: count)
            try fill(&values, object, attribute) { orc_h5t_int64() }
            return .integers(values)
        case .float:
            var values = [Double](repeating: 0, count: count)
            try fill(&values, object, attribute) { orc_h5t_double() }
            return .floats(values)
        case .fixedString(let bytes):
            var stored = [UInt8](repeating: 0, count: count * bytes)
            try fill(&stored, object, attribute) { type.id }
            return .strings(HDF5Strings.split(stored, width: bytes))
        case .variableString:
            return unsafe .strings(
                try HDF5Strings.variable(count, type: type, space: space, file: file.path, object: object) { memory in
                    unsafe H5Aread(attribute.id, type.id, memory)
                })
        case .other(let kind):
            return .other(kind)
        }
    }

    private func fill<Value: BitwiseCopyable & Sendable>(
        _ values: inout [Value], _ object: String, _ attribute: HDF5Handle, _ type: () -> hid_t
    ) throws(HDF5Error) {
        guard !values.isEmpty else { return }
        try HDF5Library.call(.badFile, file: file.path, object: object, "the attribute cannot be read") {
            unsafe values.withUnsafeMutableBytes { unsafe H5Aread(attribute.id, type(), $0.baseAddress) }
        }
    }
}
