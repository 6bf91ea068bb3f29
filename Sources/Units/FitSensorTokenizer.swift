import Episodes
import Ranks
public import Recipes
import Tokenization
import WorkGraph

/// Fits bins to every dimension of chosen sensors.
public struct FitSensorTokenizerKind: UnitKind {
    public typealias Result = SensorTokenizer

    public static let description = KindDescription(
        name: "FitSensorTokenizer",
        summary: "Fits bins to every dimension of sensors, between percentiles or on mu-law's scale.",
        computesFloats: true)

    @Input(.unlabelled, help: "Episodes whose sensors are fitted.") var episodes: EpisodeSet
    @Setting(help: "Names of the sensors, in timeline order; all when empty.") var sensors: [String] = []
    @Setting(in: 2...65536, help: "Bins of a dimension; all dimensions share their ids.") var bins: Int = 256
    @Setting(help: "How numbers become bins.") var method: ScalarMethod = .quantiles

    public init() {}

    public func plan(_ draft: inout UnitDraft, _ context: PlanContext) throws {
        if let twice = sensors.first(where: { name in sensors.count { $0 == name } > 1 }) {
            throw ArgumentError(argument: "sensors", message: "sensor '\(twice)' is listed twice")
        }
        try method.check("method")
        if case .fast = method {
            throw ArgumentError(
                argument: "method",
                message:
                    "fast tells the actions of a chunk of steps; a sensor is seen at its beginning only, so choose .quantiles or .muLaw"
            )
        }
        draft.estimate = WorkEstimate(bytesRead: 1e6, bytesWritten: 2e3, fixedSeconds: 0.1)
    }

    public func run(_ context: UnitContext) throws {
        guard context.gang.rank == 0 else { return }
        let episodes = try SelectedEpisodes(context, "episodes")
        let available = episodes.selection.streams.sensors
        let chosen = try sensors.isEmpty ? available : sensors.map { try Self.stream($0, among: available) }
        guard !chosen.isEmpty else {
            throw TokenizationError(
                .badValue,
                "the episodes hold no sensor; name some in Ingest(…, sensors:) or leave FitSensorTokenizer out")
        }
        var values = [[Float]](repeating: [], count: chosen.count)
        try episodes.forEach(withFrames: false) { position, episode in
            guard context.stop == .none else { throw Interrupted() }
            for (index, sensor) in chosen.enumerated() {
                guard let rows = episode.sensors[sensor.name] else {
                    throw TokenizationError(.badValue, "episode '\(episode.id)' has no sensor '\(sensor.name)'")
                }
                values[index] += rows.values
            }
            context.reporter.progress(position + 1, of: episodes.selection.episodes.count, figures: [:])
        }
        let quantizers = try zip(chosen, values).map { sensor, values in
            try ScalarQuantizer(
                fitting: values, stream: sensor.name, names: (0..<sensor.width).map { "\(sensor.name)_\($0)" },
                bins: bins, method: method)
        }
        try ScalarTokenizer(streams: quantizers).write(to: context.output("tokenizer"))
        for (quantizer, values) in zip(quantizers, values) {
            for line in quantizer.summary(of: values) { context.reporter.log(line) }
        }
    }

    private static func stream(_ name: String, among available: [VectorStream]) throws -> VectorStream {
        guard let stream = available.first(where: { $0.name == name }) else {
            let names = available.map { "'\($0.name)'" }.joined(separator: ", ")
            throw TokenizationError(
                .badValue, "the episodes have no sensor '\(name)'; they have \(names.isEmpty ? "none" : names)")
        }
        return stream
    }
}

/// Fits bins to every dimension of chosen sensors; see ``FitSensorTokenizerKind``.
public func FitSensorTokenizer(
    _ episodes: EpisodeSet, sensors: [String] = [], bins: Int = 256, method: ScalarMethod = .quantiles
) -> SensorTokenizer {
    let kind = FitSensorTokenizerKind()
    kind.episodes = episodes
    kind.sensors = sensors
    kind.bins = bins
    kind.method = method
    return kind.place()
}
