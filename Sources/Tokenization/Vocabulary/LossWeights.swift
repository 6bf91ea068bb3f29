/// How much each modality counts in the loss of a step, by modality mean.
///
/// A step's loss is the sum over modalities of weight × mean over the modality's tokens, so that 36 image tokens do not
/// drown 2 action tokens. Stored per token as an integer in 1/256: the weights of a step add up to about its tokens × 256.
public struct LossWeights: Codable, Hashable, Sendable {
    public var text: Double
    public var image: Double
    public var action: Double
    public var sensor: Double

    public init(text: Double = 0.5, image: Double = 1, action: Double = 2, sensor: Double = 0.5) {
        self.text = text
        self.image = image
        self.action = action
        self.sensor = sensor
    }

    /// The weight of one token of each modality in 1/256, for steps of these streams.
    ///
    /// A modality with a positive weight never rounds down to none. The header's text counts as the text weight's share of one
    /// step, however long the instruction is.
    ///
    /// - Parameters:
    ///   - textTokens: tokens of the instruction.
    ///   - actionTokens: tokens of the step's actions; the most there can be when absent.
    public func perToken(_ streams: TokenStreams, textTokens: Int, actionTokens: Int? = nil) -> (
        text: UInt16, image: UInt16, action: UInt16, sensor: UInt16
    ) {
        let actionTokens = actionTokens ?? streams.actionTokenCount
        let shares = [
            (image, streams.imageTokenCount), (action, actionTokens), (sensor, streams.sensorTokenCount),
        ]
        let present = shares.reduce(0.0) { $1.1 > 0 ? $0 + $1.0 : $0 }
        let scale = present > 0 ? Double(max(1, streams.observationTokenCount + actionTokens)) / present : 0
        func weight(_ share: Double, _ count: Int) -> UInt16 {
            guard share > 0, count > 0 else { return 0 }
            return UInt16(min(65535, max(1, (256 * scale * share / Double(count)).rounded())))
        }
        return (
            weight(text, textTokens), weight(image, streams.imageTokenCount), weight(action, actionTokens),
            weight(sensor, streams.sensorTokenCount)
        )
    }
}
