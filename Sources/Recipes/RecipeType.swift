/// The static type of a value in a recipe, used for coercion, diagnostics and the catalogue.
public indirect enum RecipeType: Hashable, Sendable, CustomStringConvertible {
    case bool, int, double, string
    /// A number of bytes, written `64.mebibytes` or as an integer.
    case byteCount
    /// A span of time, written `2.hours`, `30.seconds`.
    case duration
    case list(RecipeType)
    /// String keys only.
    case dictionary(RecipeType)
    /// `1...4`.
    case range
    case optional(RecipeType)
    case enumeration(EnumerationType)
    /// Outputs of other units.
    case bundle(BundleType)
    /// Outputs of any units, by name.
    case bundles

    public var description: String {
        switch self {
        case .bool: "Bool"
        case .int: "Int"
        case .double: "Double"
        case .string: "String"
        case .byteCount: "ByteCount"
        case .duration: "TimeSpan"
        case .list(let element): "[\(element)]"
        case .dictionary(let element): "[String: \(element)]"
        case .range: "ClosedRange<Int>"
        case .optional(let wrapped): "\(wrapped)?"
        case .enumeration(let type): type.name
        case .bundle(let type): type.name
        case .bundles: "[String: any PortBundle]"
        }
    }
}

/// An enumeration a recipe can name with a leading dot, such as `.robomimic` or `.jerk(sigma: 6)`.
public struct EnumerationType: Hashable, Sendable {
    public let name: String
    public let cases: [Case]

    /// One case and what it carries.
    public struct Case: Hashable, Sendable {
        public let name: String
        public let payload: [Payload]

        public init(_ name: String, _ payload: [Payload] = []) {
            self.name = name
            self.payload = payload
        }
    }

    /// One associated value; `label` is `nil` where Swift writes none.
    public struct Payload: Hashable, Sendable {
        public let label: String?
        public let type: RecipeType

        public init(label: String?, type: RecipeType) {
            self.label = label
            self.type = type
        }
    }

    public init(name: String, cases: [Case]) {
        self.name = name
        self.cases = cases
    }
}
