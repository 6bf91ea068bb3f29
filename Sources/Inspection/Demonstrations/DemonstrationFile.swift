import Episodes
import HDF5

/// Demonstrations in a known layout: what they hold, between which values, and what is wrong with them.
public struct DemonstrationFile: Sendable, Encodable {
    /// Name of the layout.
    public let layout: String
    public let summary: DemonstrationSummary
    /// Actions, rewards and sensors; empty when ranges were not asked for.
    public let ranges: [StreamRange]
    /// How often actions take which values, by dimension; empty when histograms were not asked for.
    public let histograms: [ValueHistogram]
    /// Episodes that `Ingest` would refuse or drop, in order.
    public let damaged: [EpisodeComplaint]
    /// Streams that `Ingest` leaves out, each with its reason.
    public let leftOut: [String]

    /// Looks at the episodes of `header`.
    ///
    /// - Throws: `EpisodeError` when no episode has usable actions.
    init(_ header: DemonstrationHeader, options: InspectionOptions) throws {
        layout = header.layout.title
        let outcome = try StreamChoice().schema(of: header)
        leftOut = outcome.warnings
        summary = DemonstrationSummary(header, streams: outcome.streams)
        var complaints: [EpisodeComplaint] = []
        var reader = RangeReader()
        // Streams of changing width are left out by `Ingest`, and are looked at all the same.
        let names = Set(header.episodes.flatMap { $0.observations.filter(\.value.isVector).map(\.key) })
            .sorted(by: NaturalOrder.precedes)
        let prefix = [.robomimic, .libero].contains(header.layout) ? "obs/" : ""
        let streams = StreamReader()
        for (place, episode) in header.episodes.enumerated() {
            if let damage = EpisodeDamage.first(in: episode, against: outcome.streams) {
                complaints.append(EpisodeComplaint(damage))
            }
            guard options.readsRanges, episode.failure == nil else { continue }
            var wanted: [(label: String, stream: EpisodeHeader.Stream)] = []
            for (label, stream) in [("actions", episode.actions), ("rewards", episode.rewards)] {
                if let stream, stream.element.isNumeric { wanted.append((label, stream)) }
            }
            for name in names {
                if let stream = episode.observations[name], stream.isVector { wanted.append((prefix + name, stream)) }
            }
            for (label, stream) in wanted {
                do {
                    try reader.add(streams.dataset(stream), rows: stream.place.rows, as: label)
                } catch let error as HDF5Error {
                    complaints.append(
                        EpisodeComplaint(episode: episode.id, unreadable: "\(error.object): \(error.message)"))
                }
            }
            options.progress("numbers", place + 1, header.episodes.count)
        }
        ranges = reader.ranges
        histograms = options.drawsHistograms ? Self.histograms(header, outcome.streams, &complaints) : []
        damaged = complaints
    }

    private static func histograms(
        _ header: DemonstrationHeader, _ streams: StreamSchema, _ complaints: inout [EpisodeComplaint]
    ) -> [ValueHistogram] {
        let reader = StreamReader()
        var columns = [[Double]](repeating: [], count: streams.actionWidth)
        for episode in header.episodes where EpisodeDamage.first(in: episode, against: streams) == nil {
            guard let actions = episode.actions else { continue }
            do {
                for (place, value) in try reader.numbers(actions).enumerated() {
                    columns[place % streams.actionWidth].append(Double(value))
                }
            } catch {
                complaints.append(
                    EpisodeComplaint(episode: episode.id, unreadable: "\(error.object): \(error.message)"))
            }
        }
        return zip(streams.actionNames, columns).compactMap { ValueHistogram($0, $1) }
    }

    /// The facts for people.
    public var lines: [String] {
        var lines = ["demonstrations in the \(layout) layout"] + summary.facts.lines.map { "  " + $0 }
        for warning in leftOut { lines.append("  \(warning)") }
        let table = StreamRange.table(ranges)
        if !table.isEmpty { lines += [""] + table }
        for histogram in histograms { lines += [""] + histogram.lines }
        let complaints = EpisodeComplaint.lines(damaged, heading: "damaged episodes")
        if !complaints.isEmpty { lines += [""] + complaints }
        return lines
    }
}
