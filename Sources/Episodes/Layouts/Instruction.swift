import Foundation
import HDF5

/// Finds what the demonstrator was asked to do.
enum Instruction {
    /// The instruction that attributes tell.
    ///
    /// The first of: `lang` in the JSON of `ep_meta`, `language_instruction` in that of `problem_info`, an attribute
    /// `language_instruction`; of the episode's group, then of those around it. Empty when there is none.
    static func find(_ attributes: [HDF5Attributes]) -> String {
        for attributes in attributes {
            if let meta = json(attributes.string("ep_meta")), let text = text(meta["lang"]) { return text }
            if let info = json(attributes.string("problem_info")), let text = text(info["language_instruction"]) {
                return text
            }
            if let text = attributes.string("language_instruction"), !text.isEmpty { return tidied(text) }
        }
        return ""
    }

    private static func json(_ text: String?) -> [String: Any]? {
        guard let text, !text.isEmpty else { return nil }
        return try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    }

    private static func text(_ value: Any?) -> String? {
        // LIBERO has a text, or a list of its words.
        if let words = value as? [String] { return words.isEmpty ? nil : tidied(words.joined(separator: " ")) }
        guard let text = value as? String, !text.isEmpty else { return nil }
        return tidied(text)
    }

    /// Without the quotes that LIBERO keeps around it.
    private static func tidied(_ text: String) -> String {
        text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"") ? String(text.dropFirst().dropLast()) : text
    }
}
