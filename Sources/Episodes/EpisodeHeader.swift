public import HDF5

/// What the structure of a file says of one episode, before any stream is read.
public struct EpisodeHeader: Hashable, Sendable, Identifiable {
    /// Shape and type of one stream of an episode.
    public struct Stream: Hashable, Sendable {
        /// First axis is time; of pictures the others are rows, columns and channels, however they are stored.
        public var shape: [Int]
        public var element: HDF5ElementType
        /// Bytes in the file.
        public var storedBytes: Int
        public var place: StreamPlace

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

        /// Pixels whose channels stand before rows and columns, which are no vectors either.
        public var isChannelFirst: Bool {
            shape.count == 4 && [1, 3, 4].contains(shape[1]) && shape[2] >= 8 && shape[3] >= 8
                && element == .integer(bytes: 1, signed: false)
        }
    }

    /// Name within its set, such as `demo_12`.
    public var id: String
    /// The file it is in.
    public var file: String
    /// Groups that hold it and its observations within the file, for messages: `data/demo_12` and `data/demo_12/obs`.
    public var group: String
    public var observationGroup: String
    /// Empty when there is none.
    public var instruction: String
    /// Whether the recording says that it reached its goal.
    public var success: Bool?
    /// Names of the masks that list it, sorted.
    public var filterKeys: [String]
    /// The number of steps that the file states, when it does.
    public var statedLength: Int?
    public var actions: Stream?
    /// Where actions are or should be below ``group``.
    var actionPath = "actions"
    public var rewards: Stream?
    /// Everything that was observed, by name.
    public var observations: [String: Stream]
    /// The JSON text of `ep_meta` in its file, when it says the instruction; empty otherwise.
    var meta = ""
    /// Why nothing of it can be read.
    public var failure: EpisodeError?

    init(id: String, file: String, group: String, observationGroup: String) {
        self.id = id
        self.file = file
        self.group = group
        self.observationGroup = observationGroup
        instruction = ""
        filterKeys = []
        observations = [:]
    }

    /// Steps: rows of the actions.
    public var length: Int { actions?.length ?? 0 }

    /// Where an observation is or should be, for messages.
    func object(ofObservation name: String) -> String {
        observations[name]?.place.object ?? (observationGroup.isEmpty ? name : "\(observationGroup)/\(name)")
    }

    /// Where the actions are or should be, for messages.
    var actionObject: String {
        actions?.place.object ?? (group.isEmpty ? actionPath : "\(group)/\(actionPath)")
    }
}
