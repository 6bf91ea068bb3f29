import Foundation
import HDF5

/// Reads headers in the robomimic layout and those that grew from it: LIBERO's, and what robosuite records.
///
/// Layout: `data/<id>/actions` `[T, A]`, `data/<id>/obs/<stream>` `[T, …]`, attributes `num_samples` and `ep_meta` (JSON),
/// `mask/<key>` with episode names. Source: robomimic's `docs/datasets/overview.md`. LIBERO adds `problem_info` (JSON) and
/// `macros_image_convention`; raw recordings of robosuite have `states` in the place of `obs`.
struct RobomimicLayout {
    private let scan: LayoutScan
    private let file: HDF5File
    private let layout: Layout
    private let data: HDF5Group
    /// JSON text of the attribute `env_args`; empty when there is none.
    let environment: String
    let masks: [(key: String, ids: [String])]

    init(scan: LayoutScan, file: HDF5File, _ layout: Layout) throws {
        self.scan = scan
        self.file = file
        self.layout = layout
        let root = file.root
        guard root.kind(of: "data") == .group else { throw Layout.unknown(file) }
        data = try root.group("data")
        environment = data.attributes.string("env_args") ?? ""
        guard root.kind(of: "mask") == .group else {
            masks = []
            return
        }
        let group = try root.group("mask")
        masks = try group.names.map { key in (key, try group.dataset(key).readStrings()) }
    }

    /// What people should know of files in this layout.
    var remark: String? {
        switch layout {
        case .robosuite:
            "a raw robosuite recording: it has simulator states and actions, but neither pictures nor observations; "
                + "robomimic's dataset_states_to_obs.py renders them. 'states' is read as a sensor"
        case .libero where isBottomUp && scan.source.firstRow == .automatic:
            "pictures are stored with the bottom row first (macros_image_convention 'opengl') and are turned; firstRow: .top leaves them"
        default: nil
        }
    }

    private var isBottomUp: Bool {
        [data.attributes, file.root.attributes].contains { $0.string("macros_image_convention") == "opengl" }
    }

    /// - Throws: ``EpisodeError`` when there is no episode, or a mask names a stranger.
    func episodes() throws -> [EpisodeHeader] {
        var keysByEpisode: [String: [String]] = [:]
        for (key, ids) in masks {
            for id in ids { keysByEpisode[id, default: []].append(key) }
        }
        var episodes: [EpisodeHeader] = []
        for id in data.names {
            guard data.kind(of: id) == .group else { continue }
            episodes.append(try episode(data.group(id), id: id, filterKeys: keysByEpisode[id] ?? []))
        }
        guard !episodes.isEmpty else {
            throw EpisodeError(
                file: file.path, object: "data", expected: "groups 'demo_0', 'demo_1' and so on", found: "no episode",
                remedy: "is the recording complete?")
        }
        let names = Set(episodes.map(\.id))
        for (key, ids) in masks {
            if let stranger = ids.first(where: { !names.contains($0) }) {
                throw EpisodeError(
                    file: file.path, object: "mask/\(key)", expected: "names of episodes in 'data'",
                    found: "'\(stranger)'",
                    remedy: "remove the name from the mask, or restore the episode")
            }
        }
        return episodes
    }

    private func episode(_ group: HDF5Group, id: String, filterKeys: [String]) throws -> EpisodeHeader {
        var header = EpisodeHeader(
            id: id, file: file.path, group: "data/\(id)", observationGroup: "data/\(id)/obs")
        header.filterKeys = filterKeys
        header.statedLength = group.attributes.integer("num_samples")
        if let text = group.attributes.string("ep_meta"), !text.isEmpty {
            guard let meta = try? JSONDecoder().decode(EpisodeMeta.self, from: Data(text.utf8)) else {
                throw EpisodeError(
                    file: group.file.path, object: "data/\(id)@ep_meta", expected: "a JSON object",
                    found: "'\(text.prefix(60))'")
            }
            header.success = meta.success
            if meta.lang != nil { header.meta = text }
        }
        header.instruction = Instruction.find([group.attributes, data.attributes, file.root.attributes])
        if header.success == nil {
            if filterKeys.contains("success") { header.success = true }
            if filterKeys.contains("fail") { header.success = false }
        }
        header.actions = try scan.stream("actions", in: group)
        header.rewards = try scan.stream("rewards", in: group)
        if group.kind(of: "obs") == .group {
            let observations = try group.group("obs")
            for name in observations.names {
                guard let stream = try scan.stream(name, in: observations) else { continue }
                header.observations[name] =
                    stream.isPictures || stream.isChannelFirst
                    ? try scan.pictures(stream, in: file, isBottomUp: isBottomUp) : stream
            }
        } else if layout == .robosuite, let states = try scan.stream("states", in: group) {
            header.observationGroup = header.group
            header.observations["states"] = states
        }
        return header
    }
}
