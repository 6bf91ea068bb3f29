public import HDF5

/// What the structure of a file says of one episode, before any stream is read.
public struct EpisodeHeader: Hashable, Sendable, Identifiable {
    /// Shape and type of one stream of an episode.
    public struct Stream: Hashable, Sendable {
        /// First axis is time.
        public var shape: [Int]
        public var element: HDF5ElementType
        /// Bytes in the file.
        public var storedBytes: Int

        /// Steps; 0 for a scalar.
        public var length: Int { shape.first ?? 0 }

        /// Numbers per step.
        public var width: Int { shape.dropFirst().reduce(1, *) }

        /// Pictures of 8 bits a channel, `[T, H, W, C]` with 1, 3 or 4 channels.
        public var isPictures: Bool {
            shape.count == 4 && element == .integer(bytes: 1, signed: false) && [1, 3, 4].contains(shape[3])
        }

        /// Numbers that are no pictures.
        public var isVector: Bool { !isPictures && element.isNumeric && !shape.isEmpty }
    }

    /// Name within the file, such as `demo_12`.
    public var id: String
    /// From the attribute `ep_meta`, key `lang`; empty when there is none.
    public var instruction: String
    /// From `ep_meta`, key `success`, or the masks `success` and `fail`.
    public var success: Bool?
    /// Names of the masks that list it, sorted.
    public var filterKeys: [String]
    /// The attribute `num_samples`, when there is one.
    public var statedLength: Int?
    public var actions: Stream?
    public var rewards: Stream?
    /// Members of the group `obs`, by name.
    public var observations: [String: Stream]

    /// Steps: rows of the actions.
    public var length: Int { actions?.length ?? 0 }
}
