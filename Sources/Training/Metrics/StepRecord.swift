import Foundation

/// What is recorded of one optimizer step: the same at any number of ranks and after any number of resumptions.
public struct StepRecord: Codable, Hashable, Sendable {
    /// Counted from 1.
    public var step: Int
    public var total: Int
    /// Mean loss of the step's targets, weighted.
    public var loss: Double
    /// The bits of ``loss`` as 16 hexadecimal digits.
    public var lossBits: String
    /// Norm of the gradient of the mean loss, before clipping.
    public var gradientNorm: Double
    public var gradientNormBits: String
    /// Wrapping sum over weights and moments after the step.
    public var stateHash: String
    public var learningRate: Double
    /// Targets of the step.
    public var tokens: Int
    /// Mean unweighted loss by modality name.
    public var modalities: [String: Double]
    /// Figures on held-out documents after the step, where it was evaluated.
    public var validation: ValidationRecord?
    /// What the model made of held-out prompts after the step, where it was asked.
    public var samples: [SampleRecord]?
    /// Sequences that each source of a mixture gave to the step.
    public var sources: [String: Int]?
    /// Why the step changed nothing; absent in a step that was taken.
    public var spike: String?

    /// Whether two runs computed the same bits at this step.
    public func repeats(_ other: StepRecord) -> Bool {
        step == other.step && lossBits == other.lossBits && gradientNormBits == other.gradientNormBits
            && stateHash == other.stateHash
    }

    /// One line of JSON with sorted keys, without its end.
    func line() throws -> [UInt8] { try SortedJSON.encode(self) }

    /// The step of a line, without decoding all of it; `nil` when it is no record.
    static func step(of line: ArraySlice<UInt8>) -> Int? {
        let name = Array("\"step\":".utf8)
        guard let start = line.firstRange(of: name)?.upperBound else { return nil }
        return Int(String(decoding: line[start...].prefix { (48...57).contains($0) }, as: UTF8.self))
    }

    /// The records of a file of lines; a line that was cut short is left out.
    public static func lines(_ bytes: [UInt8]) -> [StepRecord] {
        let decoder = JSONDecoder()
        return bytes.split(separator: 10).compactMap { try? decoder.decode(StepRecord.self, from: Data($0)) }
    }
}

/// Losses on held-out documents.
public struct ValidationRecord: Codable, Hashable, Sendable {
    /// Mean weighted loss.
    public var loss: Double
    /// Mean unweighted loss by modality name.
    public var modalities: [String: Double]
}
