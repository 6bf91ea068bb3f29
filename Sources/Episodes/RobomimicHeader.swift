import Determinism
import Foundation
public import HDF5
import Synchronization

/// The structure of a file in the robomimic layout: episodes, streams and filter keys, without their data.
///
/// Layout: `data/<id>/actions` `[T, A]`, `data/<id>/obs/<stream>` `[T, …]`, attributes `num_samples` and `ep_meta` (JSON),
/// `mask/<key>` with episode names. Source: robomimic's `docs/datasets/overview.md`.
public struct RobomimicHeader: Hashable, Sendable {
    /// The file.
    public let path: String
    /// In natural order of their names.
    public let episodes: [EpisodeHeader]
    /// JSON text of the attribute `env_args`; empty when there is none.
    public let environment: String
    /// Names of the masks, sorted.
    public let filterKeys: [String]

    /// Reads the structure of `path`; no stream is read.
    ///
    /// Results are kept while the file does not change, because several shards of a file ask for the same.
    /// - Throws: `HDF5Error` or ``EpisodeError`` naming file, object, what was expected and what was found.
    public static func scan(_ path: String, from origin: HDF5File.Origin = .outside) throws -> RobomimicHeader {
        let attributes = (try? FileManager.default.attributesOfItem(atPath: path)) ?? [:]
        let modified = (attributes[.modificationDate] as? Date)?.timeIntervalSinceReferenceDate ?? 0
        let identity = "\(path)|\(attributes[.size] as? Int ?? 0)|\(modified.bitPattern)"
        if let known = known.withLock({ $0?.identity == identity ? $0?.header : nil }) { return known }
        let header = try RobomimicHeader(reading: HDF5File(reading: path, from: origin))
        known.withLock { $0 = (identity, header) }
        return header
    }

    private static let known = Mutex<(identity: String, header: RobomimicHeader)?>(nil)

    init(reading file: HDF5File) throws {
        path = file.path
        let root = file.root
        guard root.kind(of: "data") == .group else { throw try Self.wrongLayout(root) }
        let data = try root.group("data")
        environment = data.attributes.string("env_args") ?? ""
        let masks = try Self.masks(root)
        filterKeys = masks.map(\.key)
        var keysByEpisode: [String: [String]] = [:]
        for (key, ids) in masks {
            for id in ids { keysByEpisode[id, default: []].append(key) }
        }
        var episodes: [EpisodeHeader] = []
        for id in data.names {
            guard data.kind(of: id) == .group else { continue }
            episodes.append(try Self.episode(data.group(id), id: id, filterKeys: keysByEpisode[id] ?? []))
        }
        self.episodes = episodes
        guard !episodes.isEmpty else {
            throw EpisodeError(
                file: path, object: "data", expected: "groups 'demo_0', 'demo_1' and so on", found: "no episode",
                remedy: "is the recording complete?")
        }
        let names = Set(episodes.map(\.id))
        for (key, ids) in masks {
            if let stranger = ids.first(where: { !names.contains($0) }) {
                throw EpisodeError(
                    file: path, object: "mask/\(key)", expected: "names of episodes in 'data'", found: "'\(stranger)'",
                    remedy: "remove the name from the mask, or restore the episode")
            }
        }
    }

    private static func masks(_ root: HDF5Group) throws -> [(key: String, ids: [String])] {
        guard root.kind(of: "mask") == .group else { return [] }
        let group = try root.group("mask")
        return try group.names.map { key in (key, try group.dataset(key).readStrings()) }
    }

    private static func episode(_ group: HDF5Group, id: String, filterKeys: [String]) throws -> EpisodeHeader {
        var header = EpisodeHeader(
            id: id, instruction: "", success: nil, filterKeys: filterKeys, statedLength: nil, actions: nil,
            rewards: nil,
            observations: [:])
        header.statedLength = group.attributes.integer("num_samples")
        if let text = group.attributes.string("ep_meta"), !text.isEmpty {
            guard let meta = try? JSONDecoder().decode(EpisodeMeta.self, from: Data(text.utf8)) else {
                throw EpisodeError(
                    file: group.file.path, object: "data/\(id)@ep_meta", expected: "a JSON object",
                    found: "'\(text.prefix(60))'")
            }
            header.instruction = meta.lang ?? ""
            header.success = meta.success
        }
        if header.success == nil {
            if filterKeys.contains("success") { header.success = true }
            if filterKeys.contains("fail") { header.success = false }
        }
        header.actions = try stream("actions", in: group)
        header.rewards = try stream("rewards", in: group)
        if group.kind(of: "obs") == .group {
            let observations = try group.group("obs")
            for name in observations.names {
                if let stream = try stream(name, in: observations) { header.observations[name] = stream }
            }
        }
        return header
    }

    private static func stream(_ name: String, in group: HDF5Group) throws -> EpisodeHeader.Stream? {
        guard group.kind(of: name) == .dataset else { return nil }
        let dataset = try group.dataset(name)
        _ = try dataset.count()
        return EpisodeHeader.Stream(
            shape: dataset.shape, element: dataset.element, storedBytes: dataset.storedBytes)
    }

    /// The error for a file without `data`, naming the layout it seems to have.
    private static func wrongLayout(_ root: HDF5Group) throws -> EpisodeError {
        let names = root.names
        let found = names.isEmpty ? "an empty file" : names.prefix(6).map { "'\($0)'" }.joined(separator: ", ")
        var remedy = "the layout robomimic keeps episodes in 'data/demo_N'"
        if names.contains("observations") && (names.contains("action") || names.contains("actions")) {
            remedy =
                names.contains("action")
                ? "this looks like an ALOHA episode (one file per episode), which is not read yet"
                : "this looks like a flat D4RL file, which is not read yet"
        } else if let near = NearestName.of("data", among: names, orPart: true) {
            remedy = "did you mean '\(near)'? " + remedy
        }
        return EpisodeError(
            file: root.file.path, object: "/", expected: "a group 'data' (layout robomimic)", found: found,
            remedy: remedy)
    }
}

/// The JSON object in the attribute `ep_meta` of an episode, as far as it is read.
struct EpisodeMeta: Codable {
    var lang: String?
    var success: Bool?

    private enum CodingKeys: String, CodingKey { case lang, success }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        lang = try? container.decodeIfPresent(String.self, forKey: .lang)
        success = try? container.decodeIfPresent(Bool.self, forKey: .success)
    }
}
