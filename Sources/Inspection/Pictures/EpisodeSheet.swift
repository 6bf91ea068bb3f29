import Episodes
import HDF5
import Pictures

/// Frames of several episodes of a file, every camera in a row of its own.
enum EpisodeSheet {
    private static let episodes = 6

    /// A sheet of evenly chosen episodes; `nil` when no episode has pictures.
    static func make(_ header: RobomimicHeader, file: HDF5File) throws -> ContactSheet? {
        let withPictures = header.episodes.filter { episode in
            episode.observations.values.contains { $0.isPictures && $0.length > 0 }
        }
        let cameras = Set(withPictures.flatMap { $0.observations.filter(\.value.isPictures).map(\.key) })
        let most = max(1, min(Self.episodes, SheetRows.rows / max(1, cameras.count)))
        let data = try file.root.group("data")
        var rows = SheetRows()
        for position in EvenChoice.positions(most, of: withPictures.count) {
            let episode = withPictures[position]
            let names = episode.observations.filter { $0.value.isPictures && $0.value.length > 0 }.map(\.key)
            for camera in names.sorted(by: NaturalOrder.precedes) {
                let dataset = try data.dataset("\(episode.id)/obs/\(camera)")
                let reader = FrameReader(dataset: dataset)
                let cells = try EvenChoice.positions(SheetRows.frames, of: dataset.shape[0]).compactMap { step in
                    try reader.frame(step).map { ContactSheet.Cell($0, caption: "step \(step)") }
                }
                let instruction = episode.instruction.isEmpty ? "" : ": " + episode.instruction
                rows.add("\(episode.id) \(camera)\(instruction)", cells)
            }
        }
        return rows.sheet
    }
}
