/// How many damaged episodes may be left out before a set is refused.
enum DamageBudget {
    /// The error for a set of which too much would be dropped.
    static func error(
        file: String, _ dropped: Int, of count: Int, _ budget: Double, example: String
    ) -> EpisodeError {
        EpisodeError(
            file: file, expected: "at most \(budget) of \(count) episodes to be damaged",
            found: "\(dropped), such as \(example)",
            remedy: "copy or mend the data, or allow more with damageBudget:")
    }
}

extension EpisodeSelection {
    /// Refuses a set of which more than a fraction was dropped.
    ///
    /// - Throws: ``EpisodeError`` with an example of what was dropped.
    public func requireDropped(atMost budget: Double) throws {
        let count = episodes.count + dropped.count
        guard let first = dropped.first, Double(dropped.count) > budget * Double(count) else { return }
        throw DamageBudget.error(
            file: "the demonstrations", dropped.count, of: count, budget,
            example: "\(first.id): \(first.reason): \(first.detail)")
    }
}
