import Foundation

/// Text that may stand in a page or an SVG as it is.
///
/// Only literals and ``escape(_:)`` make it, so that nothing from outside can open a tag.
struct HTML: ExpressibleByStringInterpolation, Sendable {
    private(set) var text: String

    init(stringLiteral value: String) { text = value }

    /// Marked-up text that this module made itself.
    init(raw text: String) { self.text = text }

    init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

    /// Interpolated strings are escaped; interpolated ``HTML`` is not.
    struct Interpolation: StringInterpolationProtocol {
        var text = ""

        init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }

        mutating func appendLiteral(_ literal: String) { text += literal }
        mutating func appendInterpolation(_ html: HTML) { text += html.text }
        mutating func appendInterpolation(_ string: String) { text += HTML.escape(string) }
        mutating func appendInterpolation(_ number: Int) { text += "\(number)" }
        /// A coordinate, to a tenth.
        mutating func appendInterpolation(_ number: Double) {
            text += number.isFinite ? HumanText.fixed(number, 1) : "0"
        }
    }

    /// Joins parts without anything between them.
    static func join(_ parts: [HTML]) -> HTML { HTML(raw: parts.map(\.text).joined(separator: "\n")) }

    /// `text` with the five special characters replaced and control characters that XML forbids left out.
    static func escape(_ text: String) -> String {
        var output = ""
        output.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case "\"": output += "&quot;"
            case "'": output += "&#39;"
            case "\n", "\t": output.unicodeScalars.append(scalar)
            case _ where scalar.value < 32 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: output += "\u{FFFD}"
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }
}
