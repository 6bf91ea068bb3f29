import Observatory

/// A JSON file of figures, such as an evaluation: every number and short text by its path.
public struct FiguresInspection: InspectedThing {
    public static let kind = "JSON file"
    private static let shown = 200

    /// Numbers, by path.
    public let numbers: [String: Double]
    /// Texts and truth values, by path.
    public let texts: [String: String]

    public static func recognizes(_ place: InspectedPlace) -> Bool {
        // One that says so by its name and is none is told what is wrong with it.
        !place.isFolder && (place.path.hasSuffix(".json") || place.jsonObject() != nil)
    }

    public init(_ place: InspectedPlace, options: InspectionOptions) throws {
        let figures = try JSONFigures(place.path)
        numbers = figures.numbers
        texts = figures.texts
    }

    public var lines: [String] {
        var facts = FactList()
        let all = numbers.mapValues(HumanText.number).merging(texts.mapValues { $0.shortened(to: 100) }) { first, _ in
            first
        }
        let sorted = all.sorted { $0.key < $1.key }
        for (path, value) in sorted.prefix(Self.shown) { facts.add(path, value) }
        return facts.lines + (sorted.count > Self.shown ? ["… and \(sorted.count - Self.shown) more"] : [])
    }
}
