/// A span of time as people write it: `90s`, `30m`, `12h`, `7d`, `2w`.
public enum SpanText {
    /// Seconds of `text`; `nil` for what is no such span.
    public static func seconds(_ text: String) -> Double? {
        guard let suffix = text.last, let number = Double(text.dropLast()), number >= 0, number.isFinite else {
            return nil
        }
        let factors: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400]
        return factors[suffix].map { $0 * number }
    }
}
