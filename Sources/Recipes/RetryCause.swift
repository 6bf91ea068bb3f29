public import Determinism

/// Why an attempt failed, as far as repeating it is concerned.
public enum FailureCause: Hashable, Sendable {
    /// A program ended with this code.
    case exitCode(Int)
    /// A program was ended by this signal.
    case signal(Int)
    case timeLimit
    /// The system ended it because memory ran out.
    case outOfMemory
    case other
}

/// An error that knows its cause.
public protocol FailureWithCause: Error {
    var failureCause: FailureCause { get }
}

/// Which failures of a unit are repeated; the recipe's `on:` beside `retry:`.
public enum RetryCause: Hashable, Sendable {
    case exitCode(Int)
    case signal(Int)
    case timeLimit
    case outOfMemory(memory: MemoryGrowth)
    /// The death or silence of a rank the unit ran on, beyond the three that every unit has free.
    case nodeFailure

    /// How much memory the next attempt asks for.
    public enum MemoryGrowth: String, Hashable, Sendable, CaseIterable, NamedCases {
        case same, doubled
    }

    /// Whether this names `cause`.
    public func covers(_ cause: FailureCause) -> Bool {
        switch (self, cause) {
        case (.exitCode(let wanted), .exitCode(let found)): wanted == found
        case (.signal(let wanted), .signal(let found)): wanted == found
        // A shell tells a signal as 128 and its number.
        case (.signal(let wanted), .exitCode(let found)): wanted + 128 == found
        case (.timeLimit, .timeLimit), (.outOfMemory, .outOfMemory): true
        default: false
        }
    }
}

/// The rule by which failed attempts of a unit are repeated.
public struct RetryRule: Hashable, Sendable {
    /// Empty: every failure.
    public let causes: [RetryCause]

    /// The rule in a unit's options.
    public init(_ options: [String: CanonicalValue]) {
        if case .list(let values)? = options["on"] {
            causes = values.compactMap { RetryCause(canonical: $0) }
        } else {
            causes = []
        }
    }

    public func repeats(_ cause: FailureCause) -> Bool { causes.isEmpty || causes.contains { $0.covers(cause) } }

    /// Whether the next attempt after `cause` asks for twice the memory.
    public func doublesMemory(after cause: FailureCause) -> Bool {
        causes.contains { $0 == .outOfMemory(memory: .doubled) && $0.covers(cause) }
    }

    public var repeatsNodeFailures: Bool { causes.contains(.nodeFailure) }
}

extension RetryCause: RecipeConvertible {
    public static var recipeType: RecipeType {
        .enumeration(
            EnumerationType(
                name: "RetryCause",
                cases: [
                    .init("exitCode", [.init(label: nil, type: .int)]),
                    .init("signal", [.init(label: nil, type: .int)]),
                    .init("timeLimit"),
                    .init("outOfMemory", [.init(label: "memory", type: MemoryGrowth.recipeType)]),
                    .init("nodeFailure"),
                ]))
    }

    public init?(canonical: CanonicalValue) {
        guard case .map(let fields) = canonical, case .string(let name)? = fields["case"] else { return nil }
        switch name {
        case "exitCode", "signal":
            guard let number = fields["_0"].flatMap(Int.init(canonical:)) else { return nil }
            self = name == "signal" ? .signal(number) : .exitCode(number)
        case "timeLimit": self = .timeLimit
        case "outOfMemory":
            guard let growth = fields["memory"].flatMap(MemoryGrowth.init(canonical:)) else { return nil }
            self = .outOfMemory(memory: growth)
        case "nodeFailure": self = .nodeFailure
        default: return nil
        }
    }

    public var canonical: CanonicalValue {
        switch self {
        case .exitCode(let code): .map(["case": .string("exitCode"), "_0": .int(Int64(code))])
        case .signal(let number): .map(["case": .string("signal"), "_0": .int(Int64(number))])
        case .timeLimit: .map(["case": .string("timeLimit")])
        case .outOfMemory(let growth): .map(["case": .string("outOfMemory"), "memory": growth.canonical])
        case .nodeFailure: .map(["case": .string("nodeFailure")])
        }
    }
}
