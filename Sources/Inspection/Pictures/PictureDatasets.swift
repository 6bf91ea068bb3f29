import HDF5
import Pictures

/// Pictures of a file in no known layout: whatever datasets look like pictures.
enum PictureDatasets {
    /// A sheet with a row for each dataset, evenly chosen when there are many; `nil` when none holds pictures.
    static func sheet(of file: HDF5File) throws -> ContactSheet? {
        let candidates = DatasetPlace.all(in: file).filter(\.isPictures)
        let root = file.root
        var rows = SheetRows()
        for position in EvenChoice.positions(SheetRows.rows, of: candidates.count) {
            let dataset = try root.dataset(String(candidates[position].path.dropFirst()))
            let reader = FrameReader(dataset: dataset)
            let cells = try EvenChoice.positions(SheetRows.frames, of: dataset.shape[0]).compactMap { row in
                try reader.frame(row).map { ContactSheet.Cell($0, caption: "row \(row)") }
            }
            rows.add(candidates[position].path, cells)
        }
        return rows.sheet
    }
}
