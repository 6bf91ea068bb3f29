public import Modeling
public import Tokenization

extension LeafLoss {
    /// What one modality contributed.
    public subscript(modality: Modality) -> Part {
        byModality.indices.contains(Int(modality.rawValue)) ? byModality[Int(modality.rawValue)] : Part()
    }

    /// Mean unweighted loss by modality name, of modalities that have targets.
    public var meansByModality: [String: Double] {
        var result: [String: Double] = [:]
        for modality in Modality.allCases { if let mean = self[modality].mean { result[modality.name] = mean } }
        return result
    }

    /// Targets of all modalities.
    public var targets: Int { byModality.reduce(0) { $0 + $1.count } }
}

extension LeafLoss.Part {
    /// Mean loss of a target in nats; `nil` without targets.
    public var mean: Double? { count > 0 ? sum / Double(count) : nil }
    /// Share of targets that were the likeliest token; `nil` without targets.
    public var accuracy: Double? { count > 0 ? Double(correct) / Double(count) : nil }
}
