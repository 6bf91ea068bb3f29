/// One place in which two things differ.
public struct Difference: Hashable, Sendable, Encodable {
    /// The file, relative to the things compared; empty when these are files.
    public let file: String
    /// Where in the file: `tensor 'lm_head.weight' [3, 17]`, `byte 4096`, `line 12`, `.seed`; empty for the file itself.
    public let place: String
    /// What the first thing has there.
    public let first: String
    /// What the second thing has there.
    public let second: String
    /// How many elements differ, of how many.
    public var elements: (differing: Int, of: Int)? { counted.map { ($0[0], $0[1]) } }
    /// The largest difference between numbers; `nil` when it is no number.
    public let largest: Double?

    private let counted: [Int]?

    private enum CodingKeys: String, CodingKey {
        case file, place, first, second, largest
        case counted = "differingOf"
    }

    init(
        file: String, place: String, first: String, second: String, differing: (Int, of: Int)? = nil,
        largest: Double? = nil
    ) {
        self.file = file
        self.place = place
        self.first = first
        self.second = second
        counted = differing.map { [$0.0, $0.of] }
        self.largest = largest?.isFinite == true ? largest : nil
    }

    /// The same with its file below `folder`.
    func below(_ folder: String) -> Difference {
        Difference(
            file: folder + (file.isEmpty ? "" : "/" + file), place: place, first: first, second: second,
            differing: elements.map { ($0.differing, of: $0.of) }, largest: largest)
    }
}
