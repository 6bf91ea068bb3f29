/// JSON form for wires and lock files: `{"int": 3}`, `{"list": […]}`; doubles travel as their bits.
extension CanonicalValue: Codable {
    private enum CodingKeys: String, CodingKey { case bool, int, double, string, bytes, list, map }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard let key = container.allKeys.first else {
            self = .null
            return
        }
        switch key {
        case .bool: self = .bool(try container.decode(Bool.self, forKey: key))
        case .int: self = .int(try container.decode(Int64.self, forKey: key))
        case .double: self = .double(Double(bitPattern: try container.decode(UInt64.self, forKey: key)))
        case .string: self = .string(try container.decode(String.self, forKey: key))
        case .bytes: self = .bytes(try container.decode([UInt8].self, forKey: key))
        case .list: self = .list(try container.decode([CanonicalValue].self, forKey: key))
        case .map: self = .map(try container.decode([String: CanonicalValue].self, forKey: key))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .null: break
        case .bool(let value): try container.encode(value, forKey: .bool)
        case .int(let value): try container.encode(value, forKey: .int)
        case .double(let value): try container.encode(value.bitPattern, forKey: .double)
        case .string(let value): try container.encode(value, forKey: .string)
        case .bytes(let value): try container.encode(value, forKey: .bytes)
        case .list(let values): try container.encode(values, forKey: .list)
        case .map(let values): try container.encode(values, forKey: .map)
        }
    }
}
