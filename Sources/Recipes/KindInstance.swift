/// The instance of a kind that a node was made from, kept so that planning ten thousand units does not make and end as many again.
struct KindInstance: Sendable {
    private let kind: any UnitKind
    private let changes: Int

    init(_ kind: any UnitKind) {
        self.kind = kind
        changes = Self.changes(of: kind)
    }

    /// The instance as it was; `nil` when a field was set since, as kinds do that make several nodes of one instance.
    var unchanged: (any UnitKind)? { Self.changes(of: kind) == changes ? kind : nil }

    private static func changes(of kind: any UnitKind) -> Int {
        KindLayout.of(type(of: kind)).boxes(of: kind).reduce(0) { $0 + $1.changes }
    }
}
