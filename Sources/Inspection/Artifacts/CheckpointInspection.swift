public import Determinism
import DurableFiles
import Foundation
public import Modeling
public import Training

/// A checkpoint folder: how far the training got, the model's shape and weights, and whether its bytes are what they were.
public struct CheckpointInspection: InspectedThing {
    public static let kind = "checkpoint"

    /// Finished optimizer steps.
    public let step: Int
    /// Samples consumed.
    public let samples: Int
    public let numericsVersion: Int
    public let vocabulary: Digest
    public let identity: Digest
    public let stateHash: String
    /// What operands of the training's products were rounded to.
    public let precision: String
    public let configuration: TransformerConfiguration?
    public let parameters: Int
    /// The last step that was recorded.
    public let lastRecord: StepRecord?
    /// The last figures on held-out documents.
    public let lastValidation: ValidationRecord?
    public let files: Int
    /// Bytes of all files.
    public let bytes: Int
    /// The first file that is missing or altered; `nil` when every digest is right.
    public let damage: String?
    public let tensors: [TensorOutline]

    public static func recognizes(_ place: InspectedPlace) -> Bool {
        guard place.has(CheckpointManifest.fileName, ModelSnapshot.File.weights),
            let schema = place.jsonObject(CheckpointManifest.fileName)?["schema"] as? String
        else { return false }
        return schema.hasPrefix("orchestrate.checkpoint/")
    }

    public init(_ place: InspectedPlace, options: InspectionOptions) throws {
        let folder = place.path
        let manifest: CheckpointManifest
        do {
            manifest = try JSONDecoder().decode(
                CheckpointManifest.self, from: Data(try DurableFiles.read(folder + "/" + CheckpointManifest.fileName)))
        } catch let error as DecodingError {
            throw InspectionError.unreadable(
                folder + "/" + CheckpointManifest.fileName, "it is no checkpoint manifest of this program (\(error))")
        }
        step = manifest.step
        samples = manifest.cursor
        numericsVersion = manifest.numericsVersion
        precision = manifest.precisionName
        vocabulary = manifest.vocabulary
        identity = manifest.identity
        stateHash = manifest.stateHash
        files = manifest.files.count
        bytes = manifest.files.reduce(0) { $0 + $1.bytes }
        var damage: String?
        do { _ = try CheckpointManifest.verified(folder) } catch { damage = "\(error)" }
        func read(_ name: String) -> [UInt8] { (try? DurableFiles.read(folder + "/" + name)) ?? [] }
        configuration = try? JSONDecoder().decode(
            TransformerConfiguration.self, from: Data(read(ModelSnapshot.File.configuration)))
        let records = StepRecord.lines(read(ModelSnapshot.File.metrics))
        lastRecord = records.last
        lastValidation = records.last { $0.validation != nil }?.validation
        do {
            tensors = try TensorOutline.read(folder + "/" + ModelSnapshot.File.weights, options: options)
        } catch {
            damage = damage ?? "\(error)"
            tensors = []
        }
        self.damage = damage
        parameters = tensors.reduce(0) { $0.addingReportingOverflow($1.count).partialValue }
    }

    public var lines: [String] {
        var facts = FactList()
        facts.add("step", lastRecord.map { "\(step) of \($0.total)" } ?? "\(step)")
        facts.add("samples", TensorOutline.grouped(samples))
        facts.add("model", configuration?.facts)
        facts.add("precision", precision)
        facts.add("parameters", TensorOutline.grouped(parameters))
        if let lastRecord {
            facts.add("loss", LossText.text(lastRecord.loss, lastRecord.modalities))
        }
        if let lastValidation {
            facts.add("validation loss", LossText.text(lastValidation.loss, lastValidation.modalities))
        }
        facts.add("vocabulary", vocabulary.hexDigits)
        facts.add("state hash", "\(stateHash) (numerics version \(numericsVersion))")
        facts.add("files", damage ?? "\(files), every SHA-256 as the manifest says")
        return facts.lines + (tensors.isEmpty ? [] : [""] + TensorOutline.table(tensors))
    }
}
