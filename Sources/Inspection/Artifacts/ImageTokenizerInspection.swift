import Observatory
public import Pictures
import Tokenization

/// An image tokenizer: patches, codes, and how well frames come back.
public struct ImageTokenizerInspection: InspectedThing {
    public static let kind = "image tokenizer"

    public let codes: Int
    /// Side of a patch in pixels.
    public let patch: Int
    public let channels: Int
    public let hasDecoder: Bool
    /// Numbers of `reconstruction.json`, by name; empty when it is not there.
    public let reconstruction: [String: Double]

    public static func recognizes(_ place: InspectedPlace) -> Bool { place.has("image.json", "codebook.bin") }

    public init(_ place: InspectedPlace, options: InspectionOptions) throws {
        self.init(try VQImageTokenizer.read(place.path), report: try? JSONFigures(place.path + "/reconstruction.json"))
    }

    init(_ tokenizer: VQImageTokenizer, report: JSONFigures?) {
        codes = tokenizer.codeCount
        patch = tokenizer.patch
        channels = tokenizer.channels
        hasDecoder = tokenizer.decoder != nil
        reconstruction = (report?.numbers ?? [:]).filter { !["schema", "patch", "codes"].contains($0.key) }
    }

    public var lines: [String] {
        var facts = FactList()
        facts.add("kind", "vector-quantized patches" + (hasDecoder ? ", with a decoder" : ""))
        facts.add("codes", "\(codes)")
        facts.add("patch", "\(patch)×\(patch), \(counted(channels, "channel"))")
        for (name, value) in reconstruction.sorted(by: { $0.key < $1.key }) { facts.add(name, HumanText.number(value)) }
        return facts.lines
    }

    /// The codebook as a grid, code 0 at the top left.
    public func contactSheet(of place: InspectedPlace) throws -> ContactSheet? {
        CodebookSheet.make(try VQImageTokenizer.read(place.path))
    }
}
