/// Evenly spaced positions.
enum EvenChoice {
    /// At most `most` different positions of `0..<count`, the first and the last among them.
    static func positions(_ most: Int, of count: Int) -> [Int] {
        guard count > most, most > 1 else { return Array(0..<min(most, max(0, count))) }
        return (0..<most).map { $0 * (count - 1) / (most - 1) }
    }
}
