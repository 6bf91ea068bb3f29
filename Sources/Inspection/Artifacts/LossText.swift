import Observatory

/// Losses in one line: the whole, then each modality.
enum LossText {
    static func text(_ loss: Double, _ modalities: [String: Double]) -> String {
        let parts = modalities.sorted { $0.key < $1.key }.map { "\($0.key) \(HumanText.number($0.value))" }
        return HumanText.number(loss) + (parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))")
    }
}
