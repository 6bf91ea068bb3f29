/// A member of an HDF5 file, or several siblings that are alike, with what lies below it.
public struct HDF5Outline: Hashable, Sendable, Encodable {
    /// What the member is.
    public enum Kind: String, Hashable, Sendable, Encodable {
        case group, dataset
        /// A named type, a link that leads nowhere or in a circle, or an object that cannot be read.
        case other
    }

    /// Name in its group; of several, the first one's.
    public var name: String
    /// Of several, the last one's name.
    public var lastName: String
    /// Siblings in this line; where parents are folded too and differ, the fewest.
    public var siblings: Int
    /// As ``siblings``, the most.
    public var mostSiblings: Int
    public var kind: Kind
    /// Length of each axis; of several the shortest.
    public var shape: [Int] = []
    /// Length of each axis; of several the longest.
    public var largestShape: [Int] = []
    /// The stored type of an element; empty for a group.
    public var element = ""
    /// Shape of a chunk, of several the smallest; `nil` when the data is in one piece.
    public var chunk: [Int]?
    /// Of several, the largest.
    public var largestChunk: [Int]?
    /// Filters that chunks went through, joined by `+`; of several every combination there is, `none` among them.
    public var filters: [String] = []
    /// Bytes in the file of all datasets in and below this line.
    public var storedBytes = 0
    /// Bytes in memory of all datasets in and below this line.
    public var rawBytes = 0
    public var attributes: [AttributeOutline] = []
    public var children: [HDF5Outline] = []
    /// Why it cannot be read, or where its link leads; `nil` for a sound object.
    public var remark: String?
    /// What two siblings share that are alike: kinds, types, numbers of axes, names below.
    var signature = ""

    init(name: String, kind: Kind) {
        self.name = name
        lastName = name
        siblings = 1
        mostSiblings = 1
        self.kind = kind
    }

    /// Whether the line stands for several siblings.
    public var isFolded: Bool { mostSiblings > 1 }

    /// Sets ``signature`` from what is known of the node and its children.
    mutating func sign() {
        switch kind {
        case .dataset: signature = "\(element)/\(shape.count)"
        case .group: signature = "{" + children.map { "\($0.pattern):\($0.signature)" }.joined(separator: ",") + "}"
        case .other: signature = "?" + (remark ?? "")
        }
    }

    /// The name, with the number that folding runs over as `#`.
    private var pattern: String { isFolded ? NamePattern(name).text : name }

    private enum CodingKeys: String, CodingKey {
        case name, lastName, siblings, mostSiblings, kind, shape, largestShape, element, chunk, largestChunk, filters
        case storedBytes, rawBytes, attributes, children, remark
    }
}

/// A name with its last run of digits taken out: what `demo_0` and `demo_17` share.
struct NamePattern: Hashable {
    let prefix: String
    let suffix: String
    /// Whether there is a number in it.
    let hasNumber: Bool

    init(_ name: String) {
        let characters = Array(name.unicodeScalars)
        func isDigit(_ scalar: Unicode.Scalar) -> Bool { scalar.value >= 48 && scalar.value <= 57 }
        guard let last = characters.lastIndex(where: isDigit) else {
            (prefix, suffix, hasNumber) = (name, "", false)
            return
        }
        var first = last
        while first > 0, isDigit(characters[first - 1]) { first -= 1 }
        func text(_ part: ArraySlice<Unicode.Scalar>) -> String {
            var text = String.UnicodeScalarView()
            text.append(contentsOf: part)
            return String(text)
        }
        prefix = text(characters[..<first])
        suffix = text(characters[(last + 1)...])
        hasNumber = true
    }

    var text: String { hasNumber ? prefix + "#" + suffix : prefix }
}
