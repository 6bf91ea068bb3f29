public import Determinism
public import Kernels
public import Modeling

/// A finished checkpoint as evaluation, generation and export read it.
public struct TrainedModel: Sendable {
    /// The checkpoint's folder.
    public let folder: String
    public let manifest: CheckpointManifest
    public let configuration: TransformerConfiguration
    /// The running average where the training kept one, else the last step's weights.
    public let weights: FloatBuffer

    /// Verifies and reads a checkpoint.
    ///
    /// - Throws: ``TrainingError`` naming the file that is missing or altered.
    public init(_ folder: String) throws {
        self.folder = folder
        manifest = try CheckpointManifest.verified(folder)
        let averaged = ModelSnapshot.File.averaged
        configuration = try ModelSnapshot.readConfiguration(folder)
        let layout = ParameterLayout(configuration)
        weights = FloatBuffer(count: layout.count)
        try ModelSnapshot.read(
            folder + "/" + (manifest.has(averaged) ? averaged : ModelSnapshot.File.weights), layout: layout,
            part: 0..<layout.count, into: weights.all)
    }

    /// The vocabulary the model speaks.
    public var vocabulary: Digest { manifest.vocabulary }

    /// The folder with the vocabulary and its tokenizers.
    public var vocabularyFolder: String { folder + "/" + ModelSnapshot.File.vocabulary }
}
