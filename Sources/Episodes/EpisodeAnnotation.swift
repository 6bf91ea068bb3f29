/// Which episodes an annotation is for.
public enum EpisodeRule: Hashable, Sendable {
    case all
    /// Those that a mask of the file lists.
    case filterKey(String)
    /// Those whose instruction contains this text.
    case instruction(contains: String)
    /// Those with these names.
    case ids([String])
    case longer(than: Int)
    case failed

    func matches(_ record: EpisodeRecord) -> Bool {
        switch self {
        case .all: true
        case .filterKey(let key): record.filterKeys.contains(key)
        case .instruction(let text): record.instruction.contains(text)
        case .ids(let ids): ids.contains(record.id)
        case .longer(let steps): record.length > steps
        case .failed: record.success == false
        }
    }
}

/// New labels for episodes of a selection: the table is written anew, the shards stay where they are.
public struct EpisodeAnnotation: Hashable, Sendable {
    public let rule: EpisodeRule
    /// The new instruction; `nil` leaves it.
    public let instruction: String?
    /// Whether the goal was reached; `nil` leaves it.
    public let success: Bool?
    /// A filter key the episodes are listed under from now on; `nil` for none.
    public let filterKey: String?

    public init(rule: EpisodeRule, instruction: String?, success: Bool?, filterKey: String?) {
        self.rule = rule
        self.instruction = instruction
        self.success = success
        self.filterKey = filterKey
    }

    /// The selection with the labels, and how many episodes got them.
    ///
    /// - Throws: ``EpisodeError`` when no episode matches, or a name is of none.
    public func apply(to selection: EpisodeSelection) throws -> (selection: EpisodeSelection, count: Int) {
        if case .ids(let ids) = rule,
            let stranger = ids.first(where: { id in !selection.episodes.contains { $0.id == id } })
        {
            throw EpisodeError(
                file: "the demonstrations", object: stranger, expected: "an episode of the selection", found: "nothing")
        }
        var result = selection
        var count = 0
        for position in result.episodes.indices where rule.matches(result.episodes[position]) {
            count += 1
            if let instruction { result.episodes[position].instruction = instruction }
            if let success { result.episodes[position].success = success }
            if let filterKey, !result.episodes[position].filterKeys.contains(filterKey) {
                result.episodes[position].filterKeys = (result.episodes[position].filterKeys + [filterKey]).sorted()
            }
        }
        guard count > 0 else {
            throw EpisodeError(
                file: "the demonstrations", expected: "at least one episode of \(rule)",
                found: "none of \(selection.episodes.count)", remedy: "look at the table with 'orchestrate inspect'")
        }
        return (result, count)
    }
}
