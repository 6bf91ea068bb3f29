/// How demonstrations are laid out in HDF5 files.
public enum Layout: String, Hashable, Sendable, CaseIterable {
    /// Found by looking at the file.
    case automatic
    /// Episodes in `data/demo_N`, streams in `actions` and `obs`; also as MimicGen writes it.
    case robomimic
    /// As robomimic, the instruction in `problem_info` and pictures perhaps with the bottom row first.
    case libero
    /// A file per episode: `action`, `observations/qpos`, pictures in `observations/images`, raw, deflated or JPEG.
    case aloha
    /// All episodes after one another in `observations` and `actions`, ended by `terminals` or `timeouts`.
    case d4rl
    /// Groups `episode_N` with one observation more than actions.
    case minari
    /// As robosuite records: `data/demo_N` with `states` and `actions`, before observations were rendered.
    case robosuite
    /// As `columns:` and `episodes:` say.
    case columns

    /// What `inspect` calls it.
    public var title: String {
        switch self {
        case .automatic: "unknown"
        case .robomimic: "robomimic"
        case .libero: "LIBERO"
        case .aloha: "ALOHA"
        case .d4rl: "flat D4RL"
        case .minari: "Minari"
        case .robosuite: "raw robosuite"
        case .columns: "mapped"
        }
    }
}

/// Which way pictures are stored.
public enum FirstRow: String, Hashable, Sendable, CaseIterable {
    /// As the file says (`macros_image_convention`); the top where it says nothing.
    case automatic
    case top
    case bottom
}

/// In which order the colours of a pixel are stored.
public enum ChannelOrder: String, Hashable, Sendable, CaseIterable {
    case rgb
    /// As OpenCV holds pictures: JPEG files that were written without turning them round come out so.
    case bgr
}
