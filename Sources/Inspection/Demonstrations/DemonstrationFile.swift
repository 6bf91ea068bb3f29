import Episodes
import HDF5

/// A file of demonstrations in the robomimic layout: what it holds, between which values, and what is wrong with it.
public struct DemonstrationFile: Sendable, Encodable {
    /// Name of the layout.
    public let layout: String
    public let summary: DemonstrationSummary
    /// Actions, rewards and sensors; empty when ranges were not asked for.
    public let ranges: [StreamRange]
    /// Episodes that `Ingest` would refuse or drop, in order.
    public let damaged: [EpisodeComplaint]
    /// Streams that `Ingest` leaves out, each with its reason.
    public let leftOut: [String]

    /// Reads `file`, whose header is `header`.
    ///
    /// - Throws: `EpisodeError` when no episode has usable actions.
    init(_ header: RobomimicHeader, file: HDF5File, options: InspectionOptions) throws {
        layout = "robomimic"
        let outcome = try StreamChoice().schema(of: header)
        leftOut = outcome.warnings
        summary = DemonstrationSummary(header, streams: outcome.streams)
        var complaints: [EpisodeComplaint] = []
        var reader = RangeReader()
        // Streams of changing width are left out by `Ingest`, and are looked at all the same.
        let names = Set(header.episodes.flatMap { $0.observations.filter(\.value.isVector).map(\.key) })
            .sorted(by: NaturalOrder.precedes)
        let data = try file.root.group("data")
        for (place, episode) in header.episodes.enumerated() {
            if let damage = EpisodeDamage.first(in: episode, of: header.path, against: outcome.streams) {
                complaints.append(EpisodeComplaint(damage))
            }
            guard options.readsRanges else { continue }
            var streams: [String] = []
            if episode.actions?.element.isNumeric == true { streams.append("actions") }
            if episode.rewards?.element.isNumeric == true { streams.append("rewards") }
            streams += names.filter { episode.observations[$0]?.isVector == true }.map { "obs/" + $0 }
            for stream in streams {
                do {
                    try reader.add(data.dataset("\(episode.id)/\(stream)"), as: stream)
                } catch let error as HDF5Error {
                    complaints.append(
                        EpisodeComplaint(episode: episode.id, unreadable: "\(error.object): \(error.message)"))
                }
            }
            options.progress("numbers", place + 1, header.episodes.count)
        }
        ranges = reader.ranges
        damaged = complaints
    }

    /// The facts for people.
    public var lines: [String] {
        var lines = ["demonstrations in the \(layout) layout"] + summary.facts.lines.map { "  " + $0 }
        for warning in leftOut { lines.append("  \(warning)") }
        let table = StreamRange.table(ranges)
        if !table.isEmpty { lines += [""] + table }
        let complaints = EpisodeComplaint.lines(damaged, heading: "damaged episodes")
        if !complaints.isEmpty { lines += [""] + complaints }
        return lines
    }
}
