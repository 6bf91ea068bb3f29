/// Writes demonstrations into one HDF5 file in the robomimic layout.
///
/// Equal episodes give equal bytes: no times are tracked and the compression level is fixed.
/// The file must be ended with ``finish(masks:)``.
public final class RobomimicWriter {
    /// The file being written.
    public let path: String

    /// Creates `path`.
    ///
    /// - Parameters:
    ///   - path: the file; an existing one is replaced.
    ///   - environment: JSON text for the attribute `env_args` of the group `data`.
    public init(creating path: String, environment: String) throws {
        self.path = path
    }

    /// Appends one episode as `data/<id>`.
    ///
    /// - Parameters:
    ///   - episode: its id must be new in this file.
    ///   - meta: further entries of the JSON object `ep_meta`, beside `lang` and `success`.
    public func append(_ episode: Episode, meta: [String: String] = [:]) throws {
        throw EpisodeError.missing(path)
    }

    /// Writes `mask/<key>` datasets and the attribute `total`, flushes and closes.
    ///
    /// - Parameter masks: episode ids by filter key. Keys `success` and `fail` are added from the episodes when absent.
    public func finish(masks: [String: [String]] = [:]) throws {
        throw EpisodeError.missing(path)
    }
}
