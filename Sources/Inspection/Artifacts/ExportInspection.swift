import Foundation

/// An exported Hugging Face folder: the model's configuration, its tensors, the files beside them.
public struct ExportInspection: InspectedThing {
    public static let kind = "exported model"

    /// From `config.json`.
    public let architecture: String
    /// Numbers and words of `config.json`, by name.
    public let configuration: [String: String]
    /// Ids by modality, from `vocabulary.json`; empty in folders of other programs.
    public let blocks: [String: Int]
    public let parameters: Int
    public let files: [FolderInspection.Member]
    public let tensors: [TensorOutline]

    public static func recognizes(_ place: InspectedPlace) -> Bool {
        place.has("config.json") && place.names.contains { $0.hasSuffix(".safetensors") }
            && place.jsonObject("config.json")?["model_type"] != nil
    }

    public init(_ place: InspectedPlace, options: InspectionOptions) throws {
        let config = place.jsonObject("config.json") ?? [:]
        architecture = (config["architectures"] as? [String])?.first ?? config["model_type"] as? String ?? "unknown"
        configuration = config.compactMapValues { value in
            switch value {
            case let text as String: text
            case let number as NSNumber: "\(number)"
            default: nil
            }
        }
        let manifest = place.jsonObject("vocabulary.json")?["blocks"] as? [String: [String: Any]] ?? [:]
        blocks = manifest.compactMapValues { $0["count"] as? Int }
        files = try FolderInspection.members(of: place)
        tensors = try place.names.filter { $0.hasSuffix(".safetensors") }.flatMap {
            try TensorOutline.read(place.path + "/" + $0, options: options)
        }
        parameters = tensors.reduce(0) { $0.addingReportingOverflow($1.count).partialValue }
    }

    public var lines: [String] {
        var facts = FactList()
        facts.add("architecture", architecture)
        facts.add("parameters", TensorOutline.grouped(parameters))
        let shown = [
            "num_hidden_layers", "hidden_size", "num_attention_heads", "num_key_value_heads", "intermediate_size",
            "max_position_embeddings", "vocab_size",
        ]
        for name in shown { facts.add(name, configuration[name]) }
        if !blocks.isEmpty {
            facts.add(
                "vocabulary",
                blocks.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \($0.value)" }
                    .joined(separator: ", "))
        }
        facts.add("files", files.map(\.name).joined(separator: ", "))
        return facts.lines + [""] + TensorOutline.table(tensors)
    }
}
