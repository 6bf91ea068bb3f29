// T steps, H height, W width, C channels, D dimensions.

extension TokenizerSet {
    /// The front of every document: `bos`, the instruction, `steps`.
    public func header(instruction: String) -> [Int32] {
        [vocabulary.id(.bos)] + encode(text: instruction) + [vocabulary.id(.steps)]
    }

    /// A text as ids of the shared vocabulary.
    public func encode(text string: String) -> [Int32] {
        let first = Int32(vocabulary.block(.text).first)
        return text.encode(string).map { $0 + first }
    }

    /// What a policy sees, as the observation tokens of a step: image codes of each camera, then sensors.
    ///
    /// - Throws: ``TokenizationError`` when a camera or sensor is missing or has another shape than was fitted.
    public func encode(_ observation: Observation) throws -> [Int32] {
        var tokens: [Int32] = []
        tokens.reserveCapacity(vocabulary.streams.observationTokenCount)
        for (index, camera) in vocabulary.streams.cameras.enumerated() {
            guard let frame = observation.frames[camera.name] else { throw missingStream("camera", camera.name) }
            guard frame.height == camera.height, frame.width == camera.width, frame.channels == camera.channels else {
                throw TokenizationError(
                    .badValue,
                    "camera '\(camera.name)' gave \(frame.height)×\(frame.width)×\(frame.channels); the vocabulary expects \(camera.height)×\(camera.width)×\(camera.channels)"
                )
            }
            tokens += try encode(frames: frame.pixels, camera: index)
        }
        for quantizer in sensors {
            guard let row = observation.sensors[quantizer.stream] else {
                throw missingStream("sensor", quantizer.stream)
            }
            guard row.count == quantizer.width else {
                throw TokenizationError(
                    .badValue,
                    "sensor '\(quantizer.stream)' gave \(row.count) values; the vocabulary expects \(quantizer.width)")
            }
            tokens += try encode(row, with: quantizer, in: .sensor)
        }
        return tokens
    }

    /// Whole frames of one camera, `[T, H, W, C]`, as shared ids `[T, tokens of a frame]`.
    public func encode(frames pixels: [UInt8], camera index: Int) throws -> [Int32] {
        guard let images else { throw TokenizationError(.badValue, "this vocabulary holds no image codes") }
        let camera = vocabulary.streams.cameras[index]
        let first = Int32(vocabulary.block(.image).first)
        return try images.encode(pixels, height: camera.height, width: camera.width).map { $0 + first }
    }

    /// The actions of one step of the timeline in their own units, up to `[H, D]`, as shared ids.
    ///
    /// Where an episode ends inside a chunk, its last action counts as repeated.
    ///
    /// - Throws: ``TokenizationError`` when there is no whole action or there are more than a step holds.
    public func encode(actions values: [Float]) throws -> [Int32] {
        let streams = vocabulary.streams
        let width = streams.actionWidth
        guard !values.isEmpty, values.count % width == 0, values.count <= streams.actionTokenCount else {
            throw TokenizationError(
                .badValue,
                "\(values.count) action values; a step takes 1 to \(streams.chunk) actions of \(width) numbers")
        }
        var rows = values
        while rows.count < streams.actionTokenCount { rows += values.suffix(width) }
        let first = Int32(vocabulary.block(.action).first)
        return try actions.encode(rows).map { $0 + first }
    }

    /// Rows of sensor `index`, `[T, D]`, as shared ids `[T, D]`.
    public func encode(sensor values: [Float], index: Int) throws -> [Int32] {
        try encode(values, with: sensors[index], in: .sensor)
    }

    /// Actions in their own units, `[H, D]`, from the shared ids of a step of the timeline.
    ///
    /// - Throws: ``TokenizationError`` when an id is not an action's or they are not those of whole actions.
    public func decodeActions(_ tokens: [Int32]) throws -> [Float] {
        try actions.decode(try tokens.map { Int32(try vocabulary.local($0, in: .action)) })
    }

    /// Rows of sensor `index` from shared ids.
    public func decodeSensor(_ tokens: [Int32], index: Int) throws -> [Float] {
        try sensors[index].decode(try tokens.map { try vocabulary.local($0, in: .sensor) })
    }

    /// One frame of camera `index` from its shared ids.
    ///
    /// - Throws: ``TokenizationError`` when an id is not an image's or there are not as many as a frame has.
    public func decodeFrame(_ tokens: [Int32], camera index: Int = 0) throws -> ImageFrame {
        guard let images else { throw TokenizationError(.badValue, "this vocabulary holds no image codes") }
        let camera = vocabulary.streams.cameras[index]
        guard tokens.count == camera.tokenCount else {
            throw TokenizationError(
                .badValue,
                "a frame of camera '\(camera.name)' has \(camera.tokenCount) tokens; \(tokens.count) were given")
        }
        let codes = try tokens.map { Int32(try vocabulary.local($0, in: .image)) }
        return ImageFrame(
            height: camera.height, width: camera.width, channels: camera.channels,
            pixels: try images.decode(codes, height: camera.height, width: camera.width))
    }

    /// The text that shared text ids stand for.
    public func decodeText(_ tokens: [Int32]) throws -> String {
        try text.decode(try tokens.map { Int32(try vocabulary.local($0, in: .text)) })
    }

    private func encode(_ values: [Float], with quantizer: ScalarQuantizer, in modality: Modality) throws -> [Int32] {
        let first = Int32(vocabulary.block(modality).first)
        return try quantizer.encode(values).map { Int32($0) + first }
    }

    private func missingStream(_ kind: String, _ name: String) -> TokenizationError {
        TokenizationError(.badValue, "\(kind) '\(name)' is missing; the vocabulary was assembled with it")
    }
}
