import Foundation

/// The JSON object in the attribute `ep_meta` of an episode, as far as it is read.
struct EpisodeMeta: Codable {
    var lang: String?
    var success: Bool?

    private enum CodingKeys: String, CodingKey { case lang, success }

    init(of episode: EpisodeHeader) {
        lang = episode.instruction
        success = episode.success
    }

    /// As JSON with sorted keys.
    func encoded() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        lang = try? container.decodeIfPresent(String.self, forKey: .lang)
        success = try? container.decodeIfPresent(Bool.self, forKey: .success)
    }
}
