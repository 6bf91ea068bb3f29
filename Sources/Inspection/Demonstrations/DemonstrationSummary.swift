public import Episodes
import HDF5

/// What a set of demonstrations holds: episodes, steps, instructions, filter keys, streams.
public struct DemonstrationSummary: Sendable, Encodable {
    /// Something that several episodes share.
    public struct Tally: Hashable, Sendable, Encodable {
        public let name: String
        public let episodes: Int
    }

    private static let shownInstructions = 5

    public let episodes: Int
    /// Steps of all episodes.
    public let steps: Int
    /// `nil` when there is no episode.
    public let lengths: LengthSummary?
    /// Names of masks with the episodes they list, by name.
    public let filterKeys: [Tally]
    /// Different instructions, the most frequent first.
    public let instructions: [Tally]
    public let withoutInstruction: Int
    public let succeeded: Int
    public let failed: Int
    public let cameras: [CameraStream]
    public let sensors: [VectorStream]
    public let actionWidth: Int
    public let actionNames: [String]

    /// A summary of episodes that are known as records of a table.
    init(_ records: [EpisodeRecord], streams: StreamSchema) {
        self.init(
            records.map { ($0.length, $0.instruction, $0.filterKeys, $0.success) },
            keys: Set(records.flatMap(\.filterKeys)), streams: streams)
    }

    /// A summary of the episodes of a file.
    init(_ header: DemonstrationHeader, streams: StreamSchema) {
        self.init(
            header.episodes.map { ($0.length, $0.instruction, $0.filterKeys, $0.success) },
            keys: Set(header.filterKeys), streams: streams)
    }

    private init(
        _ facts: [(length: Int, instruction: String, keys: [String], success: Bool?)], keys: Set<String>,
        streams: StreamSchema
    ) {
        episodes = facts.count
        steps = facts.reduce(0) { $0 + $1.length }
        lengths = LengthSummary(facts.map(\.length))
        filterKeys = keys.sorted(by: NaturalOrder.precedes).map { key in
            Tally(name: key, episodes: facts.count { $0.keys.contains(key) })
        }
        var counts: [String: Int] = [:]
        for fact in facts where !fact.instruction.isEmpty { counts[fact.instruction, default: 0] += 1 }
        instructions = counts.map { Tally(name: $0.key, episodes: $0.value) }
            .sorted { ($1.episodes, $0.name) < ($0.episodes, $1.name) }
        withoutInstruction = facts.count { $0.instruction.isEmpty }
        succeeded = facts.count { $0.success == true }
        failed = facts.count { $0.success == false }
        cameras = streams.cameras
        sensors = streams.sensors
        actionWidth = streams.actionWidth
        actionNames = streams.actionNames
    }

    /// The facts for people.
    var facts: FactList {
        var facts = FactList()
        facts.add("episodes", "\(episodes), \(counted(steps, "step"))")
        if let lengths {
            facts.add("steps of one", lengths.text)
            for bar in lengths.bars { facts.add("steps of one", bar) }
        }
        if succeeded + failed > 0 {
            let unknown = episodes - succeeded - failed
            facts.add(
                "success", "\(succeeded) yes, \(failed) no" + (unknown > 0 ? ", \(unknown) unknown" : ""))
        }
        if !filterKeys.isEmpty {
            facts.add("filter keys", filterKeys.map { "\($0.name) \($0.episodes)" }.joined(separator: ", "))
        }
        if instructions.isEmpty {
            facts.add("instructions", "none")
        } else {
            facts.add(
                "instructions",
                "\(instructions.count) different"
                    + (withoutInstruction > 0 ? ", \(counted(withoutInstruction, "episode")) without" : ""))
            for instruction in instructions.prefix(Self.shownInstructions) {
                facts.add("instructions", "\(instruction.episodes) × \(instruction.name.shortened(to: 90))")
            }
            if instructions.count > Self.shownInstructions {
                facts.add("instructions", "… and \(instructions.count - Self.shownInstructions) more")
            }
        }
        for camera in cameras {
            facts.add(
                "cameras", "\(camera.name)  \(camera.height)×\(camera.width), \(counted(camera.channels, "channel"))")
        }
        if cameras.isEmpty { facts.add("cameras", "none") }
        facts.add(
            "sensors",
            sensors.isEmpty ? "none" : sensors.map { "\($0.name) (\($0.width))" }.joined(separator: ", "))
        let names =
            actionNames == (0..<actionWidth).map { "action_\($0)" } ? "" : ": " + actionNames.joined(separator: ", ")
        facts.add("actions", counted(actionWidth, "dimension") + names)
        return facts
    }
}
