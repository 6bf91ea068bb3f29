import Observatory
import Tokenization

/// A tokenizer of actions as frequencies: its chunk, its scale and how far the ids reach.
public struct FrequencyTokenizerInspection: InspectedThing {
    public static let kind = "tokenizer of action chunks"

    /// Recorded steps of a chunk.
    public let chunk: Int
    /// What coefficients are multiplied by before they are rounded.
    public let scale: Double
    public let ids: Int
    /// Rounded coefficients that have an id of their own.
    public let coefficients: ClosedRange<Int>
    /// Most coefficients that one id stands for.
    public let longest: Int
    public let names: [String]
    /// 1st and 99th percentile of each dimension.
    public let low: [Double]
    public let high: [Double]

    public static func recognizes(_ place: InspectedPlace) -> Bool { place.has("fast.json") }

    public init(_ place: InspectedPlace, options: InspectionOptions) throws {
        self.init(try FrequencyActionTokenizer.read(place.path))
    }

    init(_ tokenizer: FrequencyActionTokenizer) {
        chunk = tokenizer.chunk
        scale = tokenizer.scale
        ids = tokenizer.count
        coefficients = tokenizer.least...tokenizer.least + tokenizer.pairs.symbols - 1
        longest = (0..<tokenizer.count).map(tokenizer.coefficients).max() ?? 1
        names = tokenizer.names
        low = tokenizer.low
        high = tokenizer.high
    }

    public var lines: [String] {
        var facts = FactList()
        facts.add(
            "chunk", "\(counted(chunk, "step")) in \(counted(names.count, "dimension")), \(chunk * names.count) numbers"
        )
        facts.add("scale", HumanText.number(scale))
        facts.add("coefficients", "\(coefficients.lowerBound)…\(coefficients.upperBound) after rounding")
        facts.add("ids", "\(ids), each for 1 to \(longest) coefficients")
        var table = TextTable(["dimension", "1st percentile", "99th"], numeric: [1, 2])
        for (place, name) in names.enumerated() {
            table.append([name, HumanText.number(low[place]), HumanText.number(high[place])])
        }
        return facts.lines + [""] + table.lines()
    }
}
