import Episodes
import HDF5
import Pictures

/// Frames of several episodes of a file, every camera in a row of its own.
enum EpisodeSheet {
    private static let episodes = 6

    /// A sheet of evenly chosen episodes; `nil` when no episode has pictures.
    static func make(_ header: DemonstrationHeader) throws -> ContactSheet? {
        let withPictures = header.episodes.filter { episode in
            episode.failure == nil && episode.observations.values.contains { $0.isPictures && $0.length > 0 }
        }
        let cameras = Set(withPictures.flatMap { $0.observations.filter(\.value.isPictures).map(\.key) })
        let most = max(1, min(Self.episodes, SheetRows.rows / max(1, cameras.count)))
        let reader = StreamReader()
        var rows = SheetRows()
        for position in EvenChoice.positions(most, of: withPictures.count) {
            let episode = withPictures[position]
            let names = episode.observations.filter { $0.value.isPictures && $0.value.length > 0 }.map(\.key)
            for camera in names.sorted(by: NaturalOrder.precedes) {
                guard let stream = episode.observations[camera] else { continue }
                let cells = try EvenChoice.positions(SheetRows.frames, of: stream.length).map { step in
                    ContactSheet.Cell(try frame(step, of: stream, with: reader), caption: "step \(step)")
                }
                let instruction = episode.instruction.isEmpty ? "" : ": " + episode.instruction
                rows.add("\(episode.id) \(camera)\(instruction)", cells)
            }
        }
        return rows.sheet
    }

    /// One frame as it is ingested: decoded, turned, its colours in order.
    private static func frame(
        _ step: Int, of stream: EpisodeHeader.Stream, with reader: StreamReader
    ) throws -> PixelImage {
        FrameReader.fitted(
            PixelImage(
                width: stream.shape[2], height: stream.shape[1], channels: stream.shape[3],
                interleaved: try reader.pixels(stream, steps: step..<step + 1)))
    }
}
