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
    /// What operands of the training's products were rounded to.
    public var precision: Precision?
    /// A line of JSON for every finished step.
    public var metrics: [UInt8]

    /// Writes the files and, last, the manifest into `folder`, which exists.
    ///
    /// - Parameter adding: puts further files into the folder before it is sealed.
    func write(to folder: String, adding: (String) throws -> Void = { _ in }) throws {
        let layout = ParameterLayout(configuration)
        try DurableFiles.writeFile(
            try SortedJSON.encode(configuration, pretty: true), to: folder + "/" + File.configuration)
        var written: [String: DurableFiles.Written] = [:]
        for (name, values) in [(File.weights, weights), (File.averaged, averaged)] {
            guard let values else { continue }
            let tensors = layout.tensors.map {
                SafetensorsFile.Tensor(name: $0.name, shape: $0.shape, values: values[$0.range])
            }
            written[name] = try SafetensorsFile.write(tensors, metadata: ["format": "pt"], to: folder + "/" + name)
        }
        written[File.optimizer] = try SafetensorsFile.write(
            zip(Self.moments, [firstMoment, secondMoment]).map {
                .init(name: $0, shape: [layout.count], values: $1.all)
            }, to: folder + "/" + File.optimizer)
        try DurableFiles.writeFile(metrics, to: folder + "/" + File.metrics)
        try adding(folder)
        try CheckpointManifest.seal(
            folder, knowing: written, step: step, cursor: cursor, identity: identity, vocabulary: vocabulary,
            stateHash: stateHash, precision: precision)
    }

    /// Names of both moments in the optimizer's file.
    static let moments = ["first_moment", "second_moment"]

    /// The shape of the model in a checkpoint folder.
    ///
    /// - Throws: ``TrainingError`` when it is none.
    static func readConfiguration(_ folder: String) throws -> TransformerConfiguration {
        let path = folder + "/" + File.configuration
        guard
            let configuration = try? JSONDecoder().decode(
                TransformerConfiguration.self, from: Data(try DurableFiles.read(path)))
        else { throw TrainingError.damaged(path, "it is not the configuration of a transformer") }
        try configuration.validate()
        return configuration
    }

    /// Reads a part of the flat parameters from a file of the model's tensors.
    ///
    /// - Parameters:
    ///   - part: elements of the flat parameters.
    ///   - destination: as many.
    /// - Throws: ``TrainingError`` when the file does not hold the tensors of `layout`.
    static func read(_ path: String, layout: ParameterLayout, part: Range<Int>, into destination: FloatView) throws {
        let header = try SafetensorsHeader(path)
        guard header.tensors.count == layout.tensors.count else {
            throw TrainingError.damaged(
                path, "it has \(header.tensors.count) of the model's \(layout.tensors.count) tensors")
        }
        for tensor in header.tensors {
            guard let place = layout.tensor(named: tensor.name), place.shape == tensor.shape, tensor.type == "F32"
            else {
                throw TrainingError.damaged(
                    path, "tensor '\(tensor.name)' of shape \(tensor.shape) does not belong to this model")
            }
            let range = place.range.clamped(to: part)
            guard !range.isEmpty else { continue }
            try header.read(
                tensor, from: range.lowerBound - place.offset,
                into: destination[range.lowerBound - part.lowerBound..<range.upperBound - part.lowerBound])
        }
    }

    /// Reads a part of one moment from an optimizer's file.
    ///
    /// - Throws: ``TrainingError`` when the file does not hold it for all of `count` parameters.
    static func readMoment(
        _ name: String, _ path: String, count: Int, part: Range<Int>, into destination: FloatView
    ) throws {
        let header = try SafetensorsHeader(path)
        guard let tensor = header.tensors.first(where: { $0.name == name }), tensor.shape == [count],
            tensor.type == "F32"
        else { throw TrainingError.damaged(path, "it lacks '\(name)' of \(count) parameters") }
        try header.read(tensor, from: part.lowerBound, into: destination)
    }
}

extension SafetensorsHeader {
    /// Fills `destination` with elements of a tensor of 32-bit floats, `first` and those that follow.
    fileprivate func read(_ tensor: Tensor, from first: Int, into destination: FloatView) throws {
        let file = try ReadableFile(path)
        let whole = try destination.buffer.withUnsafeMutableBytes { raw in
            try file.read(
                at: tensor.bytes.lowerBound + 4 * first,
                into: UnsafeMutableRawBufferPointer(
                    rebasing: raw[4 * destination.range.lowerBound..<4 * destination.range.upperBound]))
        }
        guard whole else { throw TrainingError.damaged(path, "it ends inside tensor '\(tensor.name)'") }
    }
}
