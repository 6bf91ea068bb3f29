// T steps, H height, W width, C channels, D dimensions.

/// The streams of one episode that become tokens, in the vocabulary's order.
public struct TimelineEpisode: Sendable {
    public var id: String
    public var instruction: String
    /// Per camera, `[T, H, W, C]`.
    public var frames: [[UInt8]]
    /// Per sensor, `[T, D]`.
    public var sensors: [[Float]]
    /// `[T, D]`.
    public var actions: [Float]

    public init(id: String, instruction: String, frames: [[UInt8]], sensors: [[Float]], actions: [Float]) {
        self.id = id
        self.instruction = instruction
        self.frames = frames
        self.sensors = sensors
        self.actions = actions
    }
}

extension TokenizerSet {
    /// Lays an episode out on the timeline.
    ///
    /// - Throws: ``TokenizationError`` naming the episode when its streams are not equally long or cannot be tokenized.
    public func document(_ episode: TimelineEpisode, weights: LossWeights = LossWeights()) throws -> TokenDocument {
        do {
            return try layOut(episode, weights: weights)
        } catch let error as TokenizationError {
            throw TokenizationError(error.code, "episode '\(episode.id)': \(error.message)")
        }
    }

    private func layOut(_ episode: TimelineEpisode, weights: LossWeights) throws -> TokenDocument {
        let streams = vocabulary.streams
        guard episode.frames.count == streams.cameras.count, episode.sensors.count == streams.sensors.count,
            streams.actionWidth > 0, episode.actions.count % streams.actionWidth == 0
        else {
            throw TokenizationError(
                .badValue,
                "it has \(episode.frames.count) cameras, \(episode.sensors.count) sensors and \(episode.actions.count) action values; the vocabulary expects \(streams.cameras.count), \(streams.sensors.count) and rows of \(streams.actionWidth)"
            )
        }
        let steps = episode.actions.count / streams.actionWidth
        guard steps > 0 else { throw TokenizationError(.badValue, "it has no step; screen empty episodes out") }
        // Token rows of every stream, in timeline order.
        var rows: [(tokens: [Int32], width: Int, modality: Modality)] = []
        for (index, camera) in streams.cameras.enumerated() {
            rows.append((try encode(frames: episode.frames[index], camera: index), camera.tokenCount, .image))
        }
        for (index, sensor) in streams.sensors.enumerated() {
            rows.append((try encode(sensor: episode.sensors[index], index: index), sensor.width, .sensor))
        }
        rows.append((try encode(actions: episode.actions), streams.actionWidth, .action))
        for row in rows where row.tokens.count != steps * row.width {
            throw TokenizationError(
                .badValue,
                "its \(row.modality.name) stream has \(row.tokens.count / row.width) steps where its actions have \(steps)"
            )
        }

        var tokens = header(instruction: episode.instruction)
        let header = tokens.count
        let weight = weights.perToken(streams, textTokens: header - 2)
        var tokenWeights = [0] + [UInt16](repeating: weight.text, count: header - 1)
        var modalities = [Modality.special.rawValue]
        modalities += [UInt8](repeating: Modality.text.rawValue, count: header - 2)
        modalities.append(Modality.special.rawValue)
        tokens.reserveCapacity(header + steps * streams.tokensPerStep + 1)
        for step in 0..<steps {
            for row in rows {
                tokens += row.tokens[step * row.width..<(step + 1) * row.width]
                let value: UInt16
                switch row.modality {
                case .image: value = weight.image
                case .sensor: value = weight.sensor
                default: value = weight.action
                }
                tokenWeights += repeatElement(value, count: row.width)
                modalities += repeatElement(row.modality.rawValue, count: row.width)
            }
        }
        tokens.append(vocabulary.id(.eos))
        tokenWeights.append(256)
        modalities.append(Modality.special.rawValue)
        return TokenDocument(
            id: episode.id, tokens: tokens, weights: tokenWeights, modalities: modalities, headerCount: header,
            stepStarts: (0..<steps).map { header + $0 * streams.tokensPerStep },
            actions: episode.actions)
    }
}
