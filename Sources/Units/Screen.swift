public import Episodes
import Ranks
public import Recipes
public import WorkGraph

/// Drops or flags bad episodes with reasons, in a new selection; the shards stay where they are.
public struct ScreenKind: UnitKind {
    public static let description = KindDescription(
        name: "Screen", summary: "Drops or flags bad episodes, with reasons.", computesFloats: true)

    @Input(.unlabelled, help: "Episodes to look at.") var episodes: EpisodeSet
    @Setting(help: "Why an episode is dropped.") var rejecting: [Rejection] = [.nonFinite]
    @Setting(help: "What is noted of an episode that is kept.") var flagging: [Rejection] = []

    public init() {}

    public func place(label: CallLabel) -> EpisodeSet {
        let node = node(label: label)
        return EpisodeSet(
            wiring: Wiring(
                members: [
                    "shards": episodes.wiring.members["shards"] ?? [],
                    "selection": [PortReference(node: node, output: "selection")],
                ], call: UnitCall(label: label, nodes: [node])))
    }

    public var outputs: [OutputDeclaration] {
        [OutputDeclaration(name: "selection", type: PortType("EpisodeSelection"))]
    }

    public func plan(_ draft: inout UnitDraft, _ context: PlanContext) throws {
        for (name, rules) in [("rejecting", rejecting), ("flagging", flagging)] {
            for rule in rules {
                switch rule {
                case .jerk(let sigma) where !(sigma > 0 && sigma.isFinite):
                    throw ArgumentError(argument: name, message: "'sigma' of jerk must be above 0; it is \(sigma)")
                case .blackCamera(let level) where !(0...254).contains(level):
                    throw ArgumentError(
                        argument: name, message: "'level' of blackCamera must be between 0 and 254; it is \(level)")
                case .clipped(let fraction) where !(fraction > 0 && fraction < 1):
                    throw ArgumentError(
                        argument: name, message: "'fraction' of clipped must be between 0 and 1; it is \(fraction)")
                case .outOfRange(let limit) where !(limit > 0 && limit.isFinite):
                    throw ArgumentError(
                        argument: name, message: "'limit' of outOfRange must be above 0; it is \(limit)")
                case .tooShort(let steps) where steps < 1, .tooLong(let steps) where steps < 1:
                    throw ArgumentError(
                        argument: name, message: "'steps' of \(rule.name) must be at least 1; it is \(steps)")
                default: break
                }
            }
        }
        let shards = context.parents["episodes.shards"] ?? []
        let bytes = shards.reduce(0.0) { $0 + $1.estimate.bytesWritten }
        draft.estimate.bytesRead = Screening(rejecting: rejecting, flagging: flagging).needsFrames ? bytes : bytes / 20
        draft.estimate.bytesWritten = 20_000
    }

    public func run(_ context: UnitContext) throws {
        guard context.gang.rank == 0 else { return }
        let screening = Screening(rejecting: rejecting, flagging: flagging)
        let selection = try EpisodeSelection.read(context.path("episodes.selection"))
        let paths = context.paths("episodes.shards")
        var readers: [EpisodeShardReader?] = paths.map { _ in nil }
        var measures: [EpisodeMeasures] = []
        for record in selection.episodes {
            guard context.stop == .none else { throw Interrupted() }
            let reader = try readers[record.shard] ?? EpisodeShardReader(paths[record.shard])
            readers[record.shard] = reader
            let episode = try reader.episode(
                record.id, withFrames: screening.needsFrames, allowingNonFinite: screening.judgesNonFinite)
            measures.append(EpisodeMeasures(record, episode))
            context.reporter.progress(measures.count, of: selection.episodes.count, figures: [:])
        }
        let kept = try screening.apply(to: selection, measures)
        for dropped in kept.dropped.dropFirst(selection.dropped.count) {
            context.reporter.log("dropped \(dropped.id): \(dropped.reason): \(dropped.detail)")
        }
        for (reason, count) in kept.droppedByReason(after: selection.dropped.count) {
            context.reporter.log("\(reason): \(count) dropped")
            context.reporter.figure("dropped_\(reason)", Double(count))
        }
        context.reporter.figure("episodes", Double(kept.episodes.count))
        context.reporter.figure("dropped", Double(kept.dropped.count - selection.dropped.count))
        try context.write(try kept.encoded(), to: "selection")
    }
}

/// Drops or flags bad episodes, with reasons.
public func Screen(
    _ episodes: EpisodeSet, rejecting: [Rejection] = [.nonFinite], flagging: [Rejection] = []
) -> EpisodeSet {
    let kind = ScreenKind()
    kind.episodes = episodes
    kind.rejecting = rejecting
    kind.flagging = flagging
    return kind.place()
}
