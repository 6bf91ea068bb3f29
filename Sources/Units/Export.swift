import Ranks
public import Recipes
import Tokenization
import Training
import WorkGraph

/// A form in which other programs load a model.
public enum ExportFormat: String, Hashable, Sendable, CaseIterable, NamedCases {
    /// A folder for Hugging Face's transformers with `model.safetensors`.
    case safetensors
}

/// Writes a trained model for other programs.
public struct ExportKind: UnitKind {
    public typealias Result = ExportedModel

    public static let description = KindDescription(
        name: "Export", summary: "Writes a trained model as a folder that transformers loads.")

    @Input(.unlabelled, help: "The trained model.") var policy: Checkpoint
    @Setting(help: "Forms to write.") var `as`: [ExportFormat] = [.safetensors]

    public init() {}

    public func plan(_ draft: inout UnitDraft, _ planContext: PlanContext) throws {
        guard !self.as.isEmpty else {
            throw ArgumentError(
                argument: "as", message: "'as' is empty; give the forms to write, such as [.safetensors]")
        }
        draft.estimate.fixedSeconds = 0.2
    }

    public func run(_ unit: UnitContext) throws {
        guard unit.gang.rank == 0 else { return }
        let model = try TrainedModel(unit.path("policy.checkpoint"))
        try HuggingFaceExport.write(
            model, tokenizers: try TokenizerSet.open(model.vocabularyFolder), to: unit.output("model"))
    }
}

/// Writes a trained model for other programs; see ``ExportKind``.
@discardableResult
public func Export(_ policy: Checkpoint, as formats: [ExportFormat] = [.safetensors]) -> ExportedModel {
    let kind = ExportKind()
    kind.policy = policy
    kind.as = formats
    return kind.place()
}
