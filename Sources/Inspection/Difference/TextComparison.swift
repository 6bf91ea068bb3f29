import DurableFiles
import Foundation
import Observatory

/// Compares JSON by its values and other text by its lines.
public enum TextComparison {
    /// Larger files are compared by their bytes.
    private static let limitBytes = 64 << 20

    /// The differences; `nil` unless both are text.
    static func differences(_ pair: FilePair) throws -> [Difference]? {
        guard max(pair.sizes.first, pair.sizes.second) <= limitBytes else { return nil }
        let first = try pair.first.read(at: 0, count: pair.sizes.first)
        let second = try pair.second.read(at: 0, count: pair.sizes.second)
        guard !first.contains(0), !second.contains(0), let here = String(validating: first, as: UTF8.self),
            let there = String(validating: second, as: UTF8.self)
        else { return nil }
        if let one = try? JSONSerialization.jsonObject(with: Data(first)),
            let other = try? JSONSerialization.jsonObject(with: Data(second))
        {
            var found: [Difference] = []
            compare(one, other, at: "", into: &found)
            // Equal values written in another way.
            if !found.isEmpty { return found }
        }
        return lines(here, there)
    }

    private static func compare(_ here: Any?, _ there: Any?, at path: String, into found: inout [Difference]) {
        guard found.count <= Comparison.listed else { return }
        if let first = here as? [String: Any], let second = there as? [String: Any] {
            for key in Set(first.keys).union(second.keys).sorted() {
                compare(first[key], second[key], at: path + "." + key, into: &found)
            }
        } else if let first = here as? [Any], let second = there as? [Any] {
            for index in 0..<max(first.count, second.count) {
                compare(
                    index < first.count ? first[index] : nil, index < second.count ? second[index] : nil,
                    at: path + "[\(index)]", into: &found)
            }
        } else {
            let texts = (text(here), text(there))
            if texts.0 != texts.1 {
                let largest = (here as? NSNumber).flatMap { first in
                    (there as? NSNumber).map { (first.doubleValue - $0.doubleValue).magnitude }
                }
                found.append(
                    Difference(
                        place: path.isEmpty ? "." : path, first: HumanText.cut(texts.0, 120),
                        second: HumanText.cut(texts.1, 120),
                        largest: largest))
            }
        }
    }

    /// A value as JSON.
    private static func text(_ value: Any?) -> String {
        guard let value else { return "absent" }
        let data = try? JSONSerialization.data(
            withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys, .withoutEscapingSlashes])
        return data.map { String(decoding: $0, as: UTF8.self) } ?? "\(value)"
    }

    /// The first lines of two texts that differ, number by number.
    public static func lines(_ here: String, _ there: String) -> [Difference] {
        var first = here.split(separator: "\n", omittingEmptySubsequences: false)
        var second = there.split(separator: "\n", omittingEmptySubsequences: false)
        // What follows the last line break is no line.
        if first.last == "" && second.last == "" {
            first.removeLast()
            second.removeLast()
        }
        var found: [Difference] = []
        for index in 0..<max(first.count, second.count) {
            let one = index < first.count ? String(first[index]) : "absent"
            let other = index < second.count ? String(second[index]) : "absent"
            if one != other {
                found.append(
                    Difference(
                        place: "line \(index + 1)", first: HumanText.cut(one, 120),
                        second: HumanText.cut(other, 120)))
            }
            if found.count > Comparison.listed { break }
        }
        return found
    }
}
