import Foundation
import HDF5

/// Writes demonstrations into one HDF5 file in the robomimic layout.
///
/// Equal episodes give equal bytes: no times are tracked and the compression level is fixed.
/// The file must be ended with ``finish(masks:)``.
public final class RobomimicWriter {
    /// The file being written.
    public let path: String
    private let file: HDF5FileWriter
    private let data: HDF5GroupWriter
    private var ids: [String] = []
    private var succeeded: [String] = []
    private var failed: [String] = []
    private var steps = 0
    private var isFinished = false

    /// Creates `path`.
    ///
    /// - Parameters:
    ///   - path: the file; an existing one is replaced.
    ///   - environment: JSON text for the attribute `env_args` of the group `data`.
    public init(creating path: String, environment: String) throws {
        self.path = path
        file = try HDF5FileWriter(creating: path)
        data = try file.root.createGroup("data")
        try data.attributes.set("env_args", environment)
    }

    /// Appends one episode as `data/<id>`.
    ///
    /// - Parameters:
    ///   - episode: its id must be new in this file.
    ///   - meta: further entries of the JSON object `ep_meta`, beside `lang` and `success`.
    /// - Throws: ``EpisodeError`` for streams of unequal lengths, `HDF5Error` when writing fails.
    public func append(_ episode: Episode, meta: [String: String] = [:]) throws {
        precondition(!isFinished, "the file is finished")
        for (name, camera) in episode.cameras where camera.count != episode.length {
            throw ragged(episode, "obs/\(name)", camera.count)
        }
        for (name, sensor) in episode.sensors where sensor.rows != episode.length {
            throw ragged(episode, "obs/\(name)", sensor.rows)
        }
        if let rewards = episode.rewards, rewards.count != episode.length {
            throw ragged(episode, "rewards", rewards.count)
        }
        guard episode.length > 0 else { throw ragged(episode, "actions", 0) }
        try EpisodeStreams.write(episode, meta: Self.meta(of: episode, adding: meta), into: data)
        ids.append(episode.id)
        steps += episode.length
        if episode.success == true { succeeded.append(episode.id) }
        if episode.success == false { failed.append(episode.id) }
    }

    /// Writes `mask/<key>` datasets and the attribute `total`, and flushes.
    ///
    /// - Parameter masks: episode ids by filter key. Keys `success` and `fail` are added from the episodes when absent.
    /// - Throws: ``EpisodeError`` for a mask that names an episode that was not written.
    public func finish(masks: [String: [String]] = [:]) throws {
        precondition(!isFinished, "the file is finished")
        var masks = masks
        if masks["success"] == nil && !succeeded.isEmpty { masks["success"] = succeeded }
        if masks["fail"] == nil && !failed.isEmpty { masks["fail"] = failed }
        let known = Set(ids)
        try data.attributes.set("total", steps)
        if !masks.isEmpty {
            let group = try file.root.createGroup("mask")
            for (key, names) in masks.sorted(by: { NaturalOrder.precedes($0.key, $1.key) }) {
                if let stranger = names.first(where: { !known.contains($0) }) {
                    throw EpisodeError(
                        file: path, object: "mask/\(key)", expected: "episodes of this file", found: "'\(stranger)'")
                }
                try group.write(key, strings: names)
            }
        }
        try file.flush()
        isFinished = true
    }

    /// The JSON text of `ep_meta`, keys sorted.
    static func meta(of episode: Episode, adding more: [String: String]) throws -> String {
        var values = more.mapValues(MetaValue.text)
        values["lang"] = .text(episode.instruction)
        if let success = episode.success { values["success"] = .truth(success) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(values), as: UTF8.self)
    }

    private enum MetaValue: Encodable {
        case text(String)
        case truth(Bool)

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let value): try container.encode(value)
            case .truth(let value): try container.encode(value)
            }
        }
    }

    private func ragged(_ episode: Episode, _ stream: String, _ found: Int) -> EpisodeError {
        EpisodeError(
            file: path, object: "data/\(episode.id)/\(stream)",
            expected: episode.length == 0 ? "at least one step" : "\(episode.length) steps, as many as actions",
            found: "\(found)")
    }
}
