public import Recipes

extension Catalogue {
    /// The unit kinds this project ships.
    public static let builtIn = Catalogue([
        SimulateKind.self, IngestKind.self, IngestShardKind.self, IngestIndexKind.self, GatherKind.self,
        GatherShardKind.self, ScreenKind.self, AnnotateKind.self, SplitKind.self,
        TrainTextTokenizerKind.self, TrainImageTokenizerKind.self, FitActionTokenizerKind.self,
        FitSensorTokenizerKind.self, AssembleVocabularyKind.self, TokenizeKind.self,
        CommandKind.self,
        TrainKind.self, EvaluateKind.self, GenerateKind.self, ExportKind.self,
    ])
}
