import Determinism
import HDF5

/// Which streams of a file are wanted, and whether its episodes have them.
public struct StreamChoice: Hashable, Sendable {
    /// Names of cameras; empty for all.
    public var cameras: [String]
    /// Names of sensors; empty for all that have one width throughout.
    public var sensors: [String]

    public init(cameras: [String] = [], sensors: [String] = []) {
        self.cameras = cameras
        self.sensors = sensors
    }

    /// What choosing gave.
    public struct Outcome: Hashable, Sendable {
        public var streams: StreamSchema
        /// Streams that were left out, each with the reason.
        public var warnings: [String]
    }

    /// A wish that the file cannot fulfil.
    public struct Refusal: Error, Hashable, CustomStringConvertible {
        /// `cameras` or `sensors`.
        public let argument: String
        public let error: EpisodeError
        public var description: String { error.description }
    }

    /// The schema shared by the episodes of `header`.
    ///
    /// Shapes are those that most episodes have; episodes that differ from it are damaged (``EpisodeDamage``).
    /// - Throws: ``Refusal`` for a stream that is missing everywhere or has another shape from episode to episode,
    ///   ``EpisodeError`` for a file without usable actions.
    public func schema(of header: DemonstrationHeader) throws -> Outcome {
        var warnings: [String] = header.remarks
        let first = header.sample
        let all = Self.names(header) { _ in true }
        let pictures = Self.names(header) { $0.isPictures }
        let vectors = Self.names(header) { $0.isVector }
        var streams = StreamSchema(cameras: [], sensors: [], actionWidth: try Self.actionWidth(header))
        if !header.actionNames.isEmpty {
            guard header.actionNames.count == streams.actionWidth else {
                throw Refusal(
                    argument: "actionNames",
                    error: EpisodeError(
                        file: first.file, object: first.actionObject,
                        expected: "actions of \(header.actionNames.count) numbers, as there are names",
                        found: "\(streams.actionWidth)"))
            }
            streams.actionNames = header.actionNames
        }
        for name in cameras.isEmpty ? pictures : cameras.sorted(by: NaturalOrder.precedes) {
            guard all.contains(name) else { throw refusal("cameras", name, among: pictures, header) }
            if cameras.isEmpty, let reason = Self.rarity(header, name, where: \.isPictures) {
                warnings.append("camera '\(name)' is left out: \(reason)")
                continue
            }
            guard let shape = Self.commonShape(header, name, where: \.isPictures) else {
                throw Refusal(
                    argument: "cameras",
                    error: EpisodeError(
                        file: first.file, object: first.object(ofObservation: name),
                        expected: "pictures, uint8 of shape [T, H, W, 1, 3 or 4]", found: Self.describe(header, name),
                        remedy: Self.offer(pictures)))
            }
            streams.cameras.append(
                CameraStream(name: name, height: shape[1], width: shape[2], channels: shape[3]))
        }
        for name in sensors.isEmpty ? vectors : sensors.sorted(by: NaturalOrder.precedes) {
            guard all.contains(name) else { throw refusal("sensors", name, among: vectors, header) }
            guard vectors.contains(name) else {
                throw Refusal(
                    argument: "sensors",
                    error: EpisodeError(
                        file: first.file, object: first.object(ofObservation: name),
                        expected: "numbers, one row per step", found: Self.describe(header, name),
                        remedy: Self.offer(vectors)))
            }
            if sensors.isEmpty, let reason = Self.unsuitability(header, name) {
                warnings.append("sensor '\(name)' is left out: \(reason)")
                continue
            }
            let shapes = Self.shapes(header, name, where: \.isVector)
            if shapes.count > 1 && Self.isRagged(shapes, of: header.episodes.count) {
                let found = shapes.sorted { $0.first < $1.first }.prefix(4).map {
                    "\($0.shape) in \(header.episodes[$0.first].id)" + ($0.count > 1 ? " and \($0.count - 1) more" : "")
                }.joined(separator: ", ")
                guard !sensors.isEmpty else {
                    warnings.append(
                        "sensor '\(name)' is left out: its width changes from episode to episode (\(found))")
                    continue
                }
                throw Refusal(
                    argument: "sensors",
                    error: EpisodeError(
                        file: header.path, object: name, expected: "one width in all episodes",
                        found: found, remedy: "choose other sensors: " + Self.offer(vectors.filter { $0 != name })))
            }
            let width = shapes.max { ($0.count, $1.first) < ($1.count, $0.first) }.map { $0.shape.reduce(1, *) } ?? 1
            streams.sensors.append(VectorStream(name: name, width: width))
        }
        return Outcome(streams: streams, warnings: warnings)
    }

    /// Names of observation streams with a property in any episode, in natural order.
    static func names(_ header: DemonstrationHeader, where matches: (EpisodeHeader.Stream) -> Bool) -> [String] {
        var names: Set<String> = []
        for episode in header.episodes {
            for (name, stream) in episode.observations where matches(stream) { names.insert(name) }
        }
        return names.sorted(by: NaturalOrder.precedes)
    }

    /// Numbers of a step beyond which a stream is no sensor unless a recipe names it.
    private static let sensorWidthLimit = 1024

    /// Why a stream is by design not in every episode; `nil` when it is, but for a few damaged ones.
    private static func rarity(
        _ header: DemonstrationHeader, _ name: String, where matches: (EpisodeHeader.Stream) -> Bool
    ) -> String? {
        let sound = header.episodes.filter { $0.failure == nil }
        let having = sound.count { $0.observations[name].map(matches) == true }
        return having * 2 <= sound.count
            ? "only \(having) of \(sound.count) episodes have it" : nil
    }

    /// Why a stream of numbers cannot be read step by step as a sensor; `nil` when it can.
    private static func unsuitability(_ header: DemonstrationHeader, _ name: String) -> String? {
        if let reason = rarity(header, name, where: \.isVector) { return reason }
        let having = header.episodes.filter { $0.observations[name]?.isVector == true && $0.length > 0 }
        let others = having.filter { $0.observations[name]?.length != $0.length }
        // Another clock, such as an operator's.
        if let first = others.first, others.count * 2 > having.count, let stream = first.observations[name] {
            return
                "it is not recorded step by step (\(stream.length) rows for \(first.length) steps in \(first.id))"
        }
        guard let widest = having.compactMap({ $0.observations[name] }).max(by: { $0.width < $1.width }),
            widest.width > sensorWidthLimit
        else { return nil }
        let shape = "\(widest.element) of shape \(widest.shape)"
        return widest.shape.count >= 3
            ? "\(shape) looks like pictures; they are read as uint8 of shape [T, H, W, C]"
            : "\(widest.width) numbers a step are too many; name it in sensors: to read it all the same"
    }

    /// Shapes of one step of a stream, with how many episodes have each and the first that has.
    private static func shapes(
        _ header: DemonstrationHeader, _ name: String, where matches: (EpisodeHeader.Stream) -> Bool
    ) -> [(shape: [Int], count: Int, first: Int)] {
        var shapes: [(shape: [Int], count: Int, first: Int)] = []
        for (position, episode) in header.episodes.enumerated() {
            guard let stream = episode.observations[name], matches(stream) else { continue }
            let shape = Array(stream.shape.dropFirst())
            if let known = shapes.firstIndex(where: { $0.shape == shape }) {
                shapes[known].count += 1
            } else {
                shapes.append((shape, 1, position))
            }
        }
        return shapes
    }

    /// Whether shapes differ by design: a few odd episodes are damage, a twentieth is a stream of changing width.
    private static func isRagged(_ shapes: [(shape: [Int], count: Int, first: Int)], of episodes: Int) -> Bool {
        let most = shapes.map(\.count).max() ?? 0
        let others = shapes.reduce(0) { $0 + $1.count } - most
        return others * 20 >= episodes
    }

    private static func commonShape(
        _ header: DemonstrationHeader, _ name: String, where matches: (EpisodeHeader.Stream) -> Bool
    ) -> [Int]? {
        shapes(header, name, where: matches).max { ($0.count, $1.first) < ($1.count, $0.first) }.map { [0] + $0.shape }
    }

    private static func actionWidth(_ header: DemonstrationHeader) throws -> Int {
        var widths: [(width: Int, count: Int)] = []
        for episode in header.episodes {
            guard let actions = episode.actions, actions.shape.count == 2, actions.element.isNumeric else { continue }
            if let known = widths.firstIndex(where: { $0.width == actions.shape[1] }) {
                widths[known].count += 1
            } else {
                widths.append((actions.shape[1], 1))
            }
        }
        guard let most = widths.max(by: { $0.count < $1.count }), most.width > 0 else {
            let first = header.sample
            throw EpisodeError(
                file: first.file, object: first.actionObject, expected: "numbers of shape [T, A]",
                found: first.actions.map { "\($0.element) of shape \($0.shape)" } ?? "nothing")
        }
        return most.width
    }

    private func refusal(_ argument: String, _ name: String, among names: [String], _ header: DemonstrationHeader)
        -> Refusal
    {
        let remedy =
            NearestName.of(name, among: names, orPart: true).map { "did you mean '\($0)'?" } ?? Self.offer(names)
        let first = header.sample
        return Refusal(
            argument: argument,
            error: EpisodeError(
                file: first.file, object: first.object(ofObservation: name),
                expected: argument == "cameras" ? "a camera" : "a sensor", found: "nothing", remedy: remedy))
    }

    private static func offer(_ names: [String]) -> String {
        names.isEmpty ? "there are none in this file" : "there are " + names.map { "'\($0)'" }.joined(separator: ", ")
    }

    private static func describe(_ header: DemonstrationHeader, _ name: String) -> String {
        for episode in header.episodes {
            if let stream = episode.observations[name] { return "\(stream.element) of shape \(stream.shape)" }
        }
        return "nothing"
    }
}
