/// What a dataset is for, where no layout says so: paths below the episode's group, or below the file's root.
public enum Column: Hashable, Sendable {
    /// Pictures `[T, H, W, C]`, `[T, C, H, W]` or `[T, bytes]` of JPEG or PNG.
    case image(String)
    /// Numbers `[T, A]`.
    case action(String)
    /// Numbers, one row per step.
    case sensor(String)
    /// One number per step.
    case reward(String)
    /// Text: an attribute or a dataset of strings.
    case instruction(String)

    /// Where it is.
    public var path: String {
        switch self {
        case .image(let path), .action(let path), .sensor(let path), .reward(let path), .instruction(let path): path
        }
    }
}

/// What makes an episode, where no layout says so.
public enum EpisodeBoundary: Hashable, Sendable {
    /// Every file is one.
    case file
    /// Every group within this group, `/` for the root.
    case groups(String)
    /// A dataset of the rows behind each episode's last.
    case ends(String)
    /// A dataset whose value changes from episode to episode.
    case ids(String)
    /// Datasets of which any is true on an episode's last step.
    case flags([String])
}
