/// What a token stands for; the raw value is what shards store.
public enum Modality: UInt8, CaseIterable, Codable, Sendable {
    case special = 0
    case text = 1
    case image = 2
    case action = 3
    case sensor = 4

    /// The name of the modality and of its block in the vocabulary.
    public var name: String {
        switch self {
        case .special: "special"
        case .text: "text"
        case .image: "image"
        case .action: "action"
        case .sensor: "sensor"
        }
    }
}
