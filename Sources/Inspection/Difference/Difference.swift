/// One place in which two things differ.
public struct Difference: Hashable, Sendable, Encodable {
    /// How many elements of an array differ.
    public struct Elements: Hashable, Sendable, Encodable {
        public let differing: Int
        public let of: Int
    }

    /// The file, relative to the things compared; empty when these are files.
    public internal(set) var file = ""
    /// Where in the file: `tensor 'lm_head.weight' [3, 17]`, `byte 4096`, `line 12`, `.seed`; empty for the file itself.
    public let place: String
    /// What the first thing has there.
    public let first: String
    /// What the second thing has there.
    public let second: String
    /// Of an array, how many elements differ.
    public let elements: Elements?
    /// The largest difference between numbers; `nil` when it is none.
    public let largest: Double?

    init(place: String, first: String, second: String, elements: Elements? = nil, largest: Double? = nil) {
        self.place = place
        self.first = first
        self.second = second
        self.elements = elements
        self.largest = largest?.isFinite == true ? largest : nil
    }

    /// The same in the file `name` of a folder.
    func inFile(_ name: String) -> Difference {
        var difference = self
        difference.file = name
        return difference
    }
}
