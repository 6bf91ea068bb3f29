/// Finds what somebody probably meant.
public enum NearestName {
    /// The candidate closest to `name`, if it is close enough to be worth saying.
    ///
    /// Distance is Damerau's (insert, delete, replace, swap neighbours), ignoring case; ties go to the first candidate.
    ///
    /// - Parameter orPart: when nothing is close, the only candidate that contains the name, or is contained in it.
    public static func of(
        _ name: String, among candidates: some Sequence<String>, orPart: Bool = false
    ) -> String? {
        let wanted = Array(name.lowercased().unicodeScalars.prefix(64))
        var best: (name: String, distance: Int)?
        for candidate in candidates where candidate != name {
            let letters = Array(candidate.lowercased().unicodeScalars.prefix(64))
            var distance = distance(wanted, letters)
            // A shortened word is a near miss however long the rest is.
            if wanted.count >= 3, letters.starts(with: wanted) { distance = min(distance, 2) }
            let limit = max(1, max(wanted.count, letters.count) / 3)
            if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        if let best { return best.name }
        guard orPart, name.count > 2 else { return nil }
        let related = candidates.filter { $0.contains(name) || ($0.count > 3 && name.contains($0)) }
        return related.count == 1 ? related[0] : nil
    }

    /// A sentence for the end of a message, starting with a space; empty when nothing is near.
    public static func hint(_ name: String, among candidates: some Sequence<String>) -> String {
        of(name, among: candidates).map { " Did you mean '\($0)'?" } ?? ""
    }

    private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1] + [Int](repeating: 0, count: right.count)
            for column in right.indices {
                var cost = min(
                    last[column] + (left[row] == right[column] ? 0 : 1), last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current[column + 1] = cost
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
