public import Determinism
import DurableFiles
import Foundation
public import Kernels
public import Modeling

/// A training at rest: everything from which it goes on, at any number of ranks.
public struct ModelSnapshot: Sendable {
    /// Names of the files in a checkpoint folder.
    public enum File {
        public static let configuration = "configuration.json"
        public static let weights = "weights.safetensors"
        public static let averaged = "averaged.safetensors"
        public static let optimizer = "optimizer.safetensors"
        public static let metrics = "metrics.jsonl"
        public static let vocabulary = "vocabulary"
    }

    public var configuration: TransformerConfiguration
    /// Finished steps.
    public var step: Int
    /// Samples consumed.
    public var cursor: Int
    public var identity: Digest
    public var vocabulary: Digest
    public var stateHash: UInt64
    public var weights: FloatBuffer
    public var firstMoment: FloatBuffer
    public var secondMoment: FloatBuffer
    /// Running average of the weights, where one is kept.
    public var averaged: FloatBuffer?
    /// Of every finished step.
    public var records: [StepRecord]

    /// Writes the files and, last, the manifest into `folder`, which exists.
    ///
    /// - Parameter adding: puts further files into the folder before it is sealed.
    func write(to folder: String, adding: (String) throws -> Void = { _ in }) throws {
        let layout = ParameterLayout(configuration)
        try DurableFiles.writeFile(
            try SortedJSON.encode(configuration, pretty: true), to: folder + "/" + File.configuration)
        for (name, values) in [(File.weights, weights), (File.averaged, averaged)] {
            guard let values else { continue }
            let tensors = layout.tensors.map {
                SafetensorsFile.Tensor(name: $0.name, shape: $0.shape, values: values[$0.range])
            }
            try DurableFiles.writeFile(
                try SafetensorsFile.encode(tensors, metadata: ["format": "pt"]), to: folder + "/" + name)
        }
        try DurableFiles.writeFile(
            try SafetensorsFile.encode([
                .init(name: "first_moment", shape: [layout.count], values: firstMoment.all),
                .init(name: "second_moment", shape: [layout.count], values: secondMoment.all),
            ]), to: folder + "/" + File.optimizer)
        var lines: [UInt8] = []
        for record in records { lines += Array(try record.line().utf8) + [10] }
        try DurableFiles.writeFile(lines, to: folder + "/" + File.metrics)
        try adding(folder)
        try CheckpointManifest.seal(
            folder, step: step, cursor: cursor, identity: identity, vocabulary: vocabulary, stateHash: stateHash)
    }

    /// Reads a checkpoint folder whose manifest was verified.
    ///
    /// - Throws: ``TrainingError`` when a file does not hold what the configuration says.
    static func read(_ folder: String, manifest: CheckpointManifest) throws -> ModelSnapshot {
        let (configuration, weights) = try readModel(folder)
        let layout = ParameterLayout(configuration)
        let moments = [FloatBuffer(count: layout.count), FloatBuffer(count: layout.count)]
        let path = folder + "/" + File.optimizer
        var found = 0
        try SafetensorsFile.decode(try DurableFiles.read(path), path: path) { name, _, values in
            guard let which = ["first_moment", "second_moment"].firstIndex(of: name), values.count == 4 * layout.count
            else {
                throw TrainingError.damaged(path, "it holds '\(name)', which does not belong to this model")
            }
            moments[which].all.copy(bytes: values)
            found += 1
        }
        guard found == 2, let hash = UInt64(manifest.stateHash, radix: 16) else {
            throw TrainingError.damaged(path, "it lacks a moment")
        }
        return ModelSnapshot(
            configuration: configuration, step: manifest.step, cursor: manifest.cursor, identity: manifest.identity,
            vocabulary: manifest.vocabulary, stateHash: hash, weights: weights, firstMoment: moments[0],
            secondMoment: moments[1],
            averaged: manifest.has(File.averaged) ? try readModel(folder, weights: File.averaged).1 : nil,
            records: StepRecord.lines(try DurableFiles.read(folder + "/" + File.metrics)))
    }

    /// Reads configuration and weights alone, those of the file `weights`.
    static func readModel(_ folder: String, weights file: String = File.weights) throws -> (
        TransformerConfiguration, FloatBuffer
    ) {
        let configurationPath = folder + "/" + File.configuration
        guard
            let configuration = try? JSONDecoder().decode(
                TransformerConfiguration.self, from: Data(try DurableFiles.read(configurationPath)))
        else { throw TrainingError.damaged(configurationPath, "it is not the configuration of a transformer") }
        try configuration.validate()
        let layout = ParameterLayout(configuration)
        let weights = FloatBuffer(count: layout.count)
        let path = folder + "/" + file
        var found = 0
        try SafetensorsFile.decode(try DurableFiles.read(path), path: path) { name, shape, values in
            guard let tensor = layout.tensor(named: name), tensor.shape == shape else {
                throw TrainingError.damaged(path, "tensor '\(name)' of shape \(shape) does not belong to this model")
            }
            weights[tensor.range].copy(bytes: values)
            found += 1
        }
        guard found == layout.tensors.count else {
            throw TrainingError.damaged(path, "it has \(found) of the model's \(layout.tensors.count) tensors")
        }
        return (configuration, weights)
    }
}
