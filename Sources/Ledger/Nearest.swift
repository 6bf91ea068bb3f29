/// The nearest spelling among known names.
public enum Nearest {
    /// The name at the smallest edit distance, if it is near enough to be meant; the first of equals.
    public static func name(to wanted: String, among names: [String]) -> String? {
        let limit = max(2, wanted.count / 3)
        var best: (name: String, distance: Int)?
        for name in names {
            let distance = name.hasPrefix(wanted) && wanted.count > 1 ? 1 : editDistance(Array(wanted), Array(name))
            if distance <= limit, distance < best?.distance ?? .max { best = (name, distance) }
        }
        return best?.name
    }

    private static func editDistance(_ left: [Character], _ right: [Character]) -> Int {
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let replaced = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[right.count]
    }
}
