import HDF5

/// Why an episode cannot be taken, found in its header.
public struct EpisodeDamage: Hashable, Sendable {
    /// The kinds of damage a header shows.
    public enum Reason: String, Hashable, Sendable, Codable {
        /// Its file, or data of it, cannot be read.
        case unreadable
        /// No steps.
        case empty
        /// A stream that other episodes have.
        case missingStream
        /// Strings, or another number of axes.
        case wrongType
        /// A stream with another number of steps than the actions, or of another width.
        case ragged
    }

    public let episode: String
    public let reason: Reason
    public let error: EpisodeError

    /// The first damage of `episode` against what the set is to have; `nil` when it is sound.
    public static func first(in episode: EpisodeHeader, against streams: StreamSchema) -> EpisodeDamage? {
        if let failure = episode.failure {
            return EpisodeDamage(episode: episode.id, reason: .unreadable, error: failure)
        }
        func damage(_ reason: Reason, _ object: String, _ expected: String, _ found: String) -> EpisodeDamage {
            EpisodeDamage(
                episode: episode.id, reason: reason,
                error: EpisodeError(
                    file: episode.file, object: object, expected: expected, found: found,
                    remedy: "mend or remove the episode, or ingest with onDamage: .drop"))
        }
        func describe(_ stream: EpisodeHeader.Stream) -> String { "\(stream.element) of shape \(stream.shape)" }

        let name = episode.actionObject
        guard let actions = episode.actions else { return damage(.missingStream, name, "a dataset", "nothing") }
        guard actions.element.isNumeric, actions.shape.count == 2 else {
            return damage(.wrongType, name, "numbers of shape [T, \(streams.actionWidth)]", describe(actions))
        }
        guard actions.shape[1] == streams.actionWidth else {
            return damage(.ragged, name, "shape [T, \(streams.actionWidth)]", describe(actions))
        }
        guard actions.length > 0 else { return damage(.empty, name, "at least one step", "none") }
        if let stated = episode.statedLength, stated != actions.length {
            return damage(
                .ragged, name, "\(stated) steps, as the attribute num_samples says", "\(actions.length)")
        }
        for camera in streams.cameras {
            let shape = [actions.length, camera.height, camera.width, camera.channels]
            let name = episode.object(ofObservation: camera.name)
            guard let stream = episode.observations[camera.name] else {
                return damage(.missingStream, name, "pictures of shape \(shape)", "nothing")
            }
            guard stream.isPictures else {
                return damage(.wrongType, name, "uint8 pictures of shape \(shape)", describe(stream))
            }
            guard stream.shape == shape else { return damage(.ragged, name, "shape \(shape)", describe(stream)) }
        }
        for sensor in streams.sensors {
            let name = episode.object(ofObservation: sensor.name)
            guard let stream = episode.observations[sensor.name] else {
                return damage(.missingStream, name, "numbers of width \(sensor.width)", "nothing")
            }
            guard stream.isVector else {
                return damage(.wrongType, name, "numbers of width \(sensor.width)", describe(stream))
            }
            guard stream.length == actions.length, stream.width == sensor.width else {
                return damage(.ragged, name, "\(actions.length) steps of width \(sensor.width)", describe(stream))
            }
        }
        if let rewards = episode.rewards, rewards.element.isNumeric, rewards.shape != [actions.length] {
            return damage(
                .ragged, rewards.place.object, "shape [\(actions.length)]", describe(rewards))
        }
        return nil
    }
}
