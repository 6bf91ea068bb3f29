import HDF5

/// Reads and writes the streams of one episode group in the robomimic layout.
enum EpisodeStreams {
    /// Frames in one chunk of a camera.
    static let framesPerChunk = 16

    /// Reads an episode.
    ///
    /// - Parameters:
    ///   - group: `data/<id>`.
    ///   - header: what is known of it.
    ///   - streams: what to read.
    ///   - withFrames: whether to read cameras.
    ///   - allowingNonFinite: whether NaN and infinities are passed on instead of refused.
    static func read(
        _ group: HDF5Group, _ record: EpisodeRecord, _ streams: StreamSchema, withFrames: Bool, allowingNonFinite: Bool
    ) throws -> Episode {
        let actions = try matrix(group.dataset("actions"), rows: record.length, columns: streams.actionWidth)
        var episode = Episode(
            id: record.id, instruction: record.instruction, cameras: [:], sensors: [:], actions: actions, rewards: nil,
            success: record.success)
        if withFrames {
            for camera in streams.cameras {
                let dataset = try group.dataset("obs/\(camera.name)")
                let shape = [record.length, camera.height, camera.width, camera.channels]
                guard dataset.shape == shape else { throw mismatch(dataset, "shape \(shape)") }
                episode.cameras[camera.name] = ImageSequence(
                    height: camera.height, width: camera.width, channels: camera.channels,
                    pixels: try dataset.read(UInt8.self))
            }
        }
        for sensor in streams.sensors {
            episode.sensors[sensor.name] = try matrix(
                group.dataset("obs/\(sensor.name)"), rows: record.length, columns: sensor.width)
        }
        if group.kind(of: "rewards") == .dataset {
            let dataset = try group.dataset("rewards")
            if dataset.element.isNumeric && dataset.shape == [record.length] {
                episode.rewards = try dataset.read(Float.self)
            }
        }
        if !allowingNonFinite { try requireFinite(episode, file: group.file.path) }
        return episode
    }

    private static func matrix(_ dataset: HDF5Dataset, rows: Int, columns: Int) throws -> Matrix {
        guard dataset.shape.first == rows, dataset.shape.dropFirst().reduce(1, *) == columns else {
            throw mismatch(dataset, "\(rows) rows of \(columns)")
        }
        return Matrix(rows: rows, columns: columns, values: try dataset.read(Float.self))
    }

    private static func mismatch(_ dataset: HDF5Dataset, _ expected: String) -> EpisodeError {
        EpisodeError(
            file: dataset.file.path, object: dataset.path, expected: expected,
            found: "\(dataset.element) of shape \(dataset.shape)")
    }

    private static func requireFinite(_ episode: Episode, file: String) throws {
        guard let value = NonFiniteValue.first(in: episode) else { return }
        throw EpisodeError(
            file: file, object: "data/\(episode.id)/\(value.stream)", expected: "finite numbers",
            found: "\(value.value) at step \(value.step)", remedy: "reject it with Screen(…, rejecting: [.nonFinite])")
    }

    /// Writes an episode as a new group of `data`; the group is returned for more attributes.
    @discardableResult
    static func write(_ episode: Episode, meta: String, into data: HDF5GroupWriter) throws -> HDF5GroupWriter {
        let group = try data.createGroup(episode.id)
        try group.attributes.set("num_samples", episode.length)
        try group.attributes.set("ep_meta", meta)
        try group.write("actions", episode.actions.values, shape: [episode.length, episode.actions.columns])
        if let rewards = episode.rewards { try group.write("rewards", rewards, shape: [episode.length]) }
        try writeDones(episode.length, into: group)
        let observations = try group.createGroup("obs")
        for (name, camera) in episode.cameras.sorted(by: { NaturalOrder.precedes($0.key, $1.key) }) {
            try observations.write(
                name, camera.pixels, shape: [camera.count, camera.height, camera.width, camera.channels],
                storage: .deflated(
                    chunkShape: [
                        max(1, min(framesPerChunk, camera.count)), camera.height, camera.width, camera.channels,
                    ]))
        }
        for (name, sensor) in episode.sensors.sorted(by: { NaturalOrder.precedes($0.key, $1.key) }) {
            try observations.write(name, sensor.values, shape: [sensor.rows, sensor.columns])
        }
        return group
    }

    /// The dataset `dones`: 1 on the last step.
    static func writeDones(_ length: Int, into group: HDF5GroupWriter) throws {
        var dones = [Int64](repeating: 0, count: length)
        if length > 0 { dones[length - 1] = 1 }
        try group.write("dones", dones, shape: [length])
    }
}
