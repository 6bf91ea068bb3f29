public import Pictures

/// What was found out about one file or folder: facts that print and encode, and perhaps pictures.
///
/// Each kind of thing is a type of its own; ``Inspector`` asks them in turn whether a place is theirs.
public protocol InspectedThing: Encodable, Sendable {
    /// What people call such a thing, such as `token shard`.
    static var kind: String { get }

    /// Whether `place` holds such a thing, judged by its content.
    static func recognizes(_ place: InspectedPlace) -> Bool

    /// Looks at `place`.
    ///
    /// - Throws: the errors of the rooms that read it, when it is damaged beyond description.
    init(_ place: InspectedPlace, options: InspectionOptions) throws

    /// The facts for people, without a heading.
    var lines: [String] { get }

    /// What is wrong with it although it could be described; the command then ends with the code for bad data.
    var damage: String? { get }

    /// The file or folder of demonstrations whose episodes can be shown one by one; `nil` when it has none.
    func demonstrations(at place: InspectedPlace) -> String?

    /// Pictures of what it holds; `nil` when it has none.
    func contactSheet(of place: InspectedPlace) throws -> ContactSheet?
}

extension InspectedThing {
    public var damage: String? { nil }

    public func demonstrations(at place: InspectedPlace) -> String? { nil }

    public func contactSheet(of place: InspectedPlace) throws -> ContactSheet? { nil }
}
