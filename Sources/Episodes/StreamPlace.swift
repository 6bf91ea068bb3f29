/// Where the rows of a stream are stored, and how.
public struct StreamPlace: Hashable, Sendable {
    /// How pictures are stored.
    public struct Pictures: Hashable, Sendable {
        /// Whether each row is the bytes of a JPEG or PNG file, perhaps padded.
        public var isEncoded = false
        /// Whether channels stand before rows and columns.
        public var isChannelFirst = false
        /// Whether the bottom row comes first.
        public var isBottomUp = false
        /// Whether blue comes first.
        public var isBlueFirst = false

        /// Whether pixels are stored as they are read.
        public var isPlain: Bool { !isEncoded && !isChannelFirst && !isBottomUp && !isBlueFirst }
    }

    public var file: String
    /// Absolute path within the file.
    public var dataset: String
    /// Rows of the dataset; all when `nil`.
    public var rows: Range<Int>?
    public var pictures = Pictures()

    init(file: String, dataset: String, rows: Range<Int>? = nil) {
        self.file = file
        self.dataset = dataset
        self.rows = rows
    }

    /// The path for messages, without the first slash.
    var object: String { String(dataset.drop { $0 == "/" }) }
}
