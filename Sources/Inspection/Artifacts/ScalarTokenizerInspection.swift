import Observatory
public import Tokenization

/// Bins of actions or sensors: how many, and between which bounds.
public struct ScalarTokenizerInspection: InspectedThing {
    public static let kind = "tokenizer of actions or sensors"

    /// Bins of each dimension.
    public let bins: Int
    public let streams: [ScalarQuantizer]

    public static func recognizes(_ place: InspectedPlace) -> Bool { place.has("bins.json") }

    public init(_ place: InspectedPlace, options: InspectionOptions) throws {
        self.init(try ScalarTokenizer.read(place.path).streams)
    }

    init(_ streams: [ScalarQuantizer]) {
        bins = streams.first?.bins ?? 0
        self.streams = streams
    }

    public var lines: [String] {
        var table = TextTable(["stream", "dimension", "bins", "from", "to", "bin width"], numeric: [2, 3, 4, 5])
        for stream in streams {
            for (dimension, name) in stream.names.enumerated() {
                table.append([
                    stream.stream, name, "\(stream.bins)", HumanText.number(stream.low[dimension]),
                    HumanText.number(stream.high[dimension]), HumanText.number(stream.binWidth(dimension)),
                ])
            }
        }
        return table.lines()
    }
}
