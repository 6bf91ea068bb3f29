import Episodes

/// A table of selected episodes, as screening and splitting write it.
public struct SelectionInspection: InspectedThing {
    public static let kind = "episode selection"

    public let summary: DemonstrationSummary
    /// Shards that hold at least one selected episode.
    public let shards: Int
    /// What screening noticed, with the episodes it noticed it in, by name.
    public let flags: [DemonstrationSummary.Tally]
    public let dropped: [EpisodeComplaint]

    public static func recognizes(_ place: InspectedPlace) -> Bool {
        guard !place.isFolder, let schema = place.jsonObject()?["schema"] as? String else { return false }
        return schema.hasPrefix("orchestrate.episode-selection/")
    }

    public init(_ place: InspectedPlace, options: InspectionOptions) throws {
        let selection = try EpisodeSelection.read(place.path)
        summary = DemonstrationSummary(selection.episodes, streams: selection.streams)
        shards = Set(selection.episodes.map(\.shard)).count
        flags = Set(selection.episodes.flatMap(\.flags)).sorted().map { flag in
            DemonstrationSummary.Tally(
                name: flag, episodes: selection.episodes.count { $0.flags.contains(flag) })
        }
        dropped = selection.dropped.map { EpisodeComplaint($0) }
    }

    public var lines: [String] {
        var facts = summary.facts
        facts.add("in", counted(shards, "shard"))
        if !flags.isEmpty { facts.add("flags", flags.map { "\($0.name) \($0.episodes)" }.joined(separator: ", ")) }
        let complaints = EpisodeComplaint.lines(dropped, heading: "dropped episodes")
        return facts.lines + (complaints.isEmpty ? [] : [""] + complaints)
    }
}
