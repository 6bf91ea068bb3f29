/// Finds out what a place holds.
public enum Inspector {
    /// Kinds of things, the more special before the more general.
    static let kinds: [any InspectedThing.Type] = [
        CheckpointInspection.self, ExportInspection.self, VocabularyInspection.self, TokenShardInspection.self,
        EpisodeShardInspection.self, ImageTokenizerInspection.self, ScalarTokenizerInspection.self,
        FrequencyTokenizerInspection.self, TextTokenizerInspection.self, SelectionInspection.self,
        SafetensorsInspection.self, FiguresInspection.self,
        DemonstrationFolderInspection.self, FolderInspection.self, HDF5Inspection.self,
    ]

    /// The kind of thing at `place`.
    ///
    /// A file that nothing else claims is taken for HDF5, whose reader says best what it is instead.
    static func kind(of place: InspectedPlace) -> any InspectedThing.Type {
        kinds.first { $0.recognizes(place) } ?? HDF5Inspection.self
    }

    /// Recognizes and describes `place`.
    ///
    /// - Throws: what the reader of its kind throws: each error carries its exit code.
    public static func inspect(
        _ place: InspectedPlace, options: InspectionOptions = InspectionOptions()
    ) throws -> any InspectedThing {
        try kind(of: place).init(place, options: options)
    }
}
