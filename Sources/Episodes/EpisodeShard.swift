/// Names inside an episode shard: a folder with the streams in HDF5 and a light index.
public enum EpisodeShard {
    /// Streams in the robomimic layout.
    public static let dataFile = "episodes.hdf5"
    /// An ``EpisodeShardIndex`` as JSON.
    public static let indexFile = "index.json"
}
