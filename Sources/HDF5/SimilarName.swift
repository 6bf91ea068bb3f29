/// Finds what somebody probably meant.
package enum SimilarName {
    /// The candidate with the fewest edits to `name`, if it is near enough to be a slip; the first of equals.
    package static func of(_ name: String, among candidates: [String]) -> String? {
        let limit = max(1, name.count / 3)
        var best: (name: String, edits: Int)?
        for candidate in candidates where candidate != name {
            let edits = distance(Array(name.lowercased().utf8), Array(candidate.lowercased().utf8))
            if edits <= limit && edits < (best?.edits ?? .max) { best = (candidate, edits) }
        }
        if let best { return best.name }
        let part = candidates.filter { $0.contains(name) || (name.contains($0) && $0.count > 3) }
        return name.count > 2 && part.count == 1 ? part[0] : nil
    }

    /// Edits (insert, remove, replace) from one to the other.
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var previous = Array(0...b.count)
        for i in 0..<a.count {
            var current = [i + 1]
            for j in 0..<b.count {
                current.append(min(previous[j + 1] + 1, current[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1)))
            }
            previous = current
        }
        return previous[b.count]
    }
}
