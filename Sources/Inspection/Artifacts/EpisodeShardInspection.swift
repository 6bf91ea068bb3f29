import Episodes
public import Pictures

/// An episode shard: its table of episodes and the streams beside it.
public struct EpisodeShardInspection: InspectedThing {
    public static let kind = "episode shard"

    public let streams: HDF5Inspection
    /// Episodes of this part of the source that were left out.
    public let dropped: [EpisodeComplaint]
    /// Episodes of the table.
    public let episodes: Int

    public static func recognizes(_ place: InspectedPlace) -> Bool {
        place.has(EpisodeShard.dataFile, EpisodeShard.indexFile)
    }

    public init(_ place: InspectedPlace, options: InspectionOptions) throws {
        let index = try EpisodeShardIndex.read(inShard: place.path)
        episodes = index.episodes.count
        dropped = index.dropped.map { EpisodeComplaint($0) }
        streams = try HDF5Inspection(
            InspectedPlace(place.path + "/" + EpisodeShard.dataFile), options: options)
    }

    public var lines: [String] {
        let complaints = EpisodeComplaint.lines(dropped, heading: "dropped episodes")
        return streams.lines + (complaints.isEmpty ? [] : [""] + complaints)
    }

    public func demonstrations(at place: InspectedPlace) -> String? { place.path + "/" + EpisodeShard.dataFile }

    public func contactSheet(of place: InspectedPlace) throws -> ContactSheet? {
        try streams.contactSheet(of: InspectedPlace(place.path + "/" + EpisodeShard.dataFile))
    }
}
