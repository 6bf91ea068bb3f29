import Episodes

/// What is wrong with one episode of a file.
public struct EpisodeComplaint: Hashable, Sendable, Encodable {
    /// Complaints that people are shown.
    private static let shown = 10

    public let episode: String
    /// As dropped episodes are labelled, such as `ragged`; `unreadable` for data that cannot be read.
    public let reason: String
    /// Object, what was expected, what was found.
    public let detail: String

    init(_ damage: EpisodeDamage) {
        episode = damage.episode
        reason = damage.reason.rawValue
        detail = "\(damage.error.object): expected \(damage.error.expected), found \(damage.error.found)"
    }

    init(_ dropped: DroppedEpisode) {
        episode = dropped.id
        reason = dropped.reason
        detail = dropped.detail
    }

    init(episode: String, unreadable detail: String) {
        self.episode = episode
        reason = "unreadable"
        self.detail = detail
    }

    /// A heading with counts by reason and the first complaints.
    static func lines(_ complaints: [EpisodeComplaint], heading: String) -> [String] {
        guard !complaints.isEmpty else { return [] }
        var counts: [String: Int] = [:]
        for complaint in complaints { counts[complaint.reason, default: 0] += 1 }
        let reasons = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        var lines = ["\(heading): \(complaints.count) (\(reasons))"]
        for complaint in complaints.prefix(shown) {
            // Details of damage name the object, and with it the episode.
            let name = complaint.detail.contains(complaint.episode) ? "" : "\(complaint.episode)  "
            lines.append("  \(complaint.reason)  \(name)\(complaint.detail)")
        }
        if complaints.count > shown { lines.append("  … and \(complaints.count - shown) more") }
        return lines
    }
}
