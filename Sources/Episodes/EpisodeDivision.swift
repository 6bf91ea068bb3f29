import Determinism
import HDF5

/// How episodes are divided into training, validation and test.
public enum SplitRule: Hashable, Sendable {
    /// By a keyed hash of run seed and episode name: the order of the file and other episodes do not matter.
    case episode
    /// By the masks of the file: names of filter keys; an empty name leaves that part empty.
    case filterKeys(training: String, validation: String, test: String)
}

/// Divides a selection by episode.
public struct EpisodeDivision: Sendable {
    public let rule: SplitRule
    /// Fractions of the episodes, for ``SplitRule/episode``.
    public let validation: Double
    public let test: Double

    /// A division; each positive fraction gets at least one episode while there are enough.
    public init(rule: SplitRule, validation: Double, test: Double) {
        self.rule = rule
        self.validation = validation
        self.test = test
    }

    /// Training, validation and test: disjoint, in the order of `selection`.
    ///
    /// - Parameters:
    ///   - selection: what to divide.
    ///   - field: random numbers keyed by the run seed.
    /// - Throws: ``EpisodeError`` when a part that is asked for would be empty, or filter keys are unknown or overlap.
    public func divide(
        _ selection: EpisodeSelection, seed: UInt64
    ) throws -> (training: EpisodeSelection, validation: EpisodeSelection, test: EpisodeSelection) {
        let parts: [String: Part]
        switch rule {
        case .episode: parts = try byHash(selection, seed: seed)
        case .filterKeys(let training, let validation, let test):
            parts = try byFilterKeys(selection, [(training, .training), (validation, .validation), (test, .test)])
        }
        func select(_ part: Part) -> EpisodeSelection {
            var result = selection
            result.episodes = selection.episodes.filter { parts[$0.id] == part }
            return result
        }
        let result = (select(.training), select(.validation), select(.test))
        guard !result.0.episodes.isEmpty else {
            throw EpisodeError(
                file: "the demonstrations", expected: "at least one episode for training",
                found: "none of \(selection.episodes.count)", remedy: "give less to validation and test")
        }
        return result
    }

    private enum Part { case training, validation, test }

    private func byHash(_ selection: EpisodeSelection, seed: UInt64) throws -> [String: Part] {
        let count = selection.episodes.count
        func share(_ fraction: Double) -> Int {
            fraction > 0 ? max(1, Int((fraction * Double(count)).rounded())) : 0
        }
        let (held, tested) = (share(validation), share(test))
        guard held + tested < count else {
            throw EpisodeError(
                file: "the demonstrations", expected: "more than \(held + tested) episodes to divide",
                found: "\(count)",
                remedy: "lower validation: \(validation) and test: \(test), or give more data")
        }
        let field = RandomField(seed: seed, purpose: RandomPurpose("episodes.split"))
        // Validation is taken from one end of the order and test from the other, so that neither moves with the other.
        let ordered = selection.episodes.map { record -> (key: Digest, id: String) in
            let word = field.block(0)
            return (Digest(of: "\(word.x).\(word.y).\(word.z).\(word.w)/\(record.id)"), record.id)
        }.sorted { ($0.key, $0.id) < ($1.key, $1.id) }
        var parts: [String: Part] = [:]
        for (position, entry) in ordered.enumerated() {
            parts[entry.id] = position < held ? .validation : position >= count - tested ? .test : .training
        }
        return parts
    }

    private func byFilterKeys(_ selection: EpisodeSelection, _ keys: [(key: String, part: Part)]) throws -> [String:
        Part]
    {
        let known = Set(selection.episodes.flatMap(\.filterKeys)).sorted(by: NaturalOrder.precedes)
        var parts: [String: Part] = [:]
        for (key, part) in keys where !key.isEmpty {
            guard known.contains(key) else {
                let remedy =
                    NearestName.of(key, among: known, orPart: true).map { "did you mean '\($0)'?" }
                    ?? (known.isEmpty ? "the file has no masks" : "there are " + known.joined(separator: ", "))
                throw EpisodeError(
                    file: "the demonstrations", object: "mask/\(key)",
                    expected: "a filter key of the selected episodes",
                    found: "nothing", remedy: remedy)
            }
            for record in selection.episodes where record.filterKeys.contains(key) {
                if parts[record.id] != nil {
                    throw EpisodeError(
                        file: "the demonstrations", object: "mask/\(key)", expected: "disjoint filter keys",
                        found: "\(record.id) in two of them")
                }
                parts[record.id] = part
            }
        }
        return parts
    }
}
