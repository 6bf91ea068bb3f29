// T recorded steps, H height, W width, C channels, D dimensions.

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
        let recorded = episode.actions.count / streams.actionWidth
        guard recorded > 0 else { throw TokenizationError(.badValue, "it has no step; screen empty episodes out") }
        let starts = Array(stride(from: 0, to: recorded, by: streams.chunk))
        // Token rows of every observed stream, in timeline order.
        var rows: [(tokens: [Int32], width: Int, modality: Modality)] = []
        for (index, camera) in streams.cameras.enumerated() {
            let frames = try observed(
                episode.frames[index], of: recorded, at: starts, width: camera.height * camera.width * camera.channels,
                "camera '\(camera.name)'")
            rows.append((try encode(frames: frames, camera: index), camera.tokenCount, .image))
        }
        for (index, sensor) in streams.sensors.enumerated() {
            let values = try observed(
                episode.sensors[index], of: recorded, at: starts, width: sensor.width, "sensor '\(sensor.name)'")
            rows.append((try encode(sensor: values, index: index), sensor.width, .sensor))
        }

        var tokens = header(instruction: episode.instruction)
        let header = tokens.count
        let text = weights.perToken(streams, textTokens: header - 2).text
        var tokenWeights = [0] + [UInt16](repeating: text, count: header - 1)
        var modalities = [Modality.special.rawValue]
        modalities += [UInt8](repeating: Modality.text.rawValue, count: header - 2)
        modalities.append(Modality.special.rawValue)
        tokens.reserveCapacity(header + starts.count * streams.tokensPerStep + 1)
        var stepStarts: [Int] = []
        for (step, start) in starts.enumerated() {
            stepStarts.append(tokens.count)
            let end = min(recorded, start + streams.chunk)
            let actions = try encode(
                actions: Array(episode.actions[start * streams.actionWidth..<end * streams.actionWidth]))
            let weight = weights.perToken(streams, textTokens: header - 2, actionTokens: actions.count)
            for row in rows {
                tokens += row.tokens[step * row.width..<(step + 1) * row.width]
                tokenWeights += repeatElement(row.modality == .image ? weight.image : weight.sensor, count: row.width)
                modalities += repeatElement(row.modality.rawValue, count: row.width)
            }
            tokens += actions
            tokenWeights += repeatElement(weight.action, count: actions.count)
            modalities += repeatElement(Modality.action.rawValue, count: actions.count)
        }
        tokens.append(vocabulary.id(.eos))
        tokenWeights.append(256)
        modalities.append(Modality.special.rawValue)
        return TokenDocument(
            id: episode.id, tokens: tokens, weights: tokenWeights, modalities: modalities, headerCount: header,
            stepStarts: stepStarts, actions: episode.actions, actionWidth: streams.actionWidth, chunk: streams.chunk)
    }

    /// The rows of a stream at some steps; all of them are handed on as they are.
    private func observed<Value>(
        _ values: [Value], of recorded: Int, at steps: [Int], width: Int, _ name: String
    ) throws -> [Value] {
        guard values.count == recorded * width else {
            throw TokenizationError(
                .badValue, "its \(name) has \(values.count / max(1, width)) steps where its actions have \(recorded)")
        }
        if steps.count == recorded { return values }
        return steps.flatMap { values[$0 * width..<($0 + 1) * width] }
    }
}
