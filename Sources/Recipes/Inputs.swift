/// One handle of a group, under the name the recipe gave it.
public struct NamedWiring: Sendable {
    public let name: String
    /// The handle's type, which decides the members that are bound.
    public let type: BundleType
    public let wiring: Wiring

    public init(name: String, type: BundleType, wiring: Wiring) {
        self.name = name
        self.type = type
        self.wiring = wiring
    }
}

/// A handle whose type is known only at run time.
public struct AnyHandle: PortBundle {
    public static let bundleType = BundleType(name: "AnyHandle", members: [])
    public let type: BundleType
    public let wiring: Wiring

    public init(type: BundleType, wiring: Wiring) {
        self.type = type
        self.wiring = wiring
    }

    public init(wiring: Wiring) { self.init(type: Self.bundleType, wiring: wiring) }
}

/// Any number of handles of any types by name, as a `Command` reads them.
///
/// ```swift
/// @Inputs(help: "What the program reads, by name.") var inputs: [String: any PortBundle] = [:]
/// ```
/// Ports are named `<field>.<name>.<member>`, such as `inputs.policy.checkpoint`.
@propertyWrapper
public struct Inputs: RecipeField, Sendable {
    private let storage: InputsBox

    public init(wrappedValue: [String: any PortBundle], _ label: FieldLabel = .labelled, help: String) {
        storage = InputsBox(FieldAttributes(label: label, help: help, bounds: nil))
        self.wrappedValue = wrappedValue
    }

    public var wrappedValue: [String: any PortBundle] {
        get {
            Dictionary(
                storage.handles.map { ($0.name, AnyHandle(type: $0.type, wiring: $0.wiring)) },
                uniquingKeysWith: { first, _ in first })
        }
        nonmutating set {
            storage.handles = newValue.map { name, handle in
                let type = (handle as? AnyHandle)?.type ?? Swift.type(of: handle).bundleType
                return NamedWiring(name: name, type: type, wiring: handle.wiring)
            }.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        }
    }

    var box: FieldBox { storage }
}
