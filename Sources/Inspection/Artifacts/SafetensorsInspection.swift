import Training

/// A safetensors file: its tensors and what was written beside them.
public struct SafetensorsInspection: InspectedThing {
    public static let kind = "safetensors file"

    public let parameters: Int
    public let metadata: [String: String]
    public let tensors: [TensorOutline]

    public static func recognizes(_ place: InspectedPlace) -> Bool {
        // One that says so by its name and is none is told what is wrong with it.
        !place.isFolder
            && (place.path.hasSuffix(".safetensors") || SafetensorsHeader.fits(start: place.start, size: place.bytes))
    }

    public init(_ place: InspectedPlace, options: InspectionOptions) throws {
        metadata = try SafetensorsHeader(place.path).metadata
        tensors = try TensorOutline.read(place.path, options: options)
        parameters = tensors.reduce(0) { $0.addingReportingOverflow($1.count).partialValue }
    }

    public var lines: [String] {
        var facts = FactList()
        facts.add("tensors", "\(tensors.count)")
        facts.add("numbers", TensorOutline.grouped(parameters))
        for (name, text) in metadata.sorted(by: { $0.key < $1.key }) {
            facts.add("metadata", "\(name): \(text.shortened(to: 80))")
        }
        return facts.lines + [""] + TensorOutline.table(tensors)
    }
}
