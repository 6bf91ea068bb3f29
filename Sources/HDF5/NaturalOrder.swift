/// The order people expect of numbered names: `demo_2` before `demo_10`.
public enum NaturalOrder {
    /// Whether `left` stands before `right`: runs of digits compare as numbers, everything else by bytes.
    public static func precedes(_ left: String, _ right: String) -> Bool {
        let a = Array(left.utf8)
        let b = Array(right.utf8)
        var i = 0
        var j = 0
        while i < a.count && j < b.count {
            if isDigit(a[i]) && isDigit(b[j]) {
                let first = run(a, from: &i)
                let second = run(b, from: &j)
                if first.count != second.count { return first.count < second.count }
                if first != second { return first.lexicographicallyPrecedes(second) }
            } else {
                if a[i] != b[j] { return a[i] < b[j] }
                i += 1
                j += 1
            }
        }
        if (a.count - i) != (b.count - j) { return a.count - i < b.count - j }
        return a.lexicographicallyPrecedes(b)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }

    /// The digits at `position` without leading zeros; moves past them.
    private static func run(_ bytes: [UInt8], from position: inout Int) -> ArraySlice<UInt8> {
        var start = position
        while position < bytes.count && isDigit(bytes[position]) { position += 1 }
        while start < position - 1 && bytes[start] == 48 { start += 1 }
        return bytes[start..<position]
    }
}
