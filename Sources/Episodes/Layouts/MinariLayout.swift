import HDF5

/// Reads headers in Minari's layout.
///
/// Layout: groups `episode_N` with `actions` `[T, A]`, `rewards` `[T]`, `terminations`, `truncations` and `observations`, a dataset
/// `[T + 1, D]` or a group of such: what was seen before each action, and after the last. Source: Minari's
/// `docs/content/dataset_standards.md`.
struct MinariLayout {
    let file: HDF5File

    static func isEpisode(_ name: String) -> Bool {
        name.hasPrefix("episode_") && name.dropFirst(8).allSatisfy { $0.isNumber } && name.count > 8
    }

    func episodes(_ scan: LayoutScan) throws -> [EpisodeHeader] {
        let root = file.root
        return try root.names.filter { Self.isEpisode($0) && root.kind(of: $0) == .group }.map { id in
            let group = try root.group(id)
            var header = EpisodeHeader(id: id, file: file.path, group: id, observationGroup: "\(id)/observations")
            header.actions = try scan.stream("actions", in: group)
            header.rewards = try scan.stream("rewards", in: group)
            header.instruction = Instruction.find([group.attributes, root.attributes])
            header.statedLength = group.attributes.integer("total_steps")
            let steps = 0..<header.length
            if group.kind(of: "observations") == .dataset {
                header.observationGroup = id
                header.observations["observations"] = try observation("observations", in: group, steps, scan)
            } else if group.kind(of: "observations") == .group {
                try collect(group.group("observations"), prefix: "", steps, scan, into: &header.observations)
            }
            return header
        }
    }

    /// Observation dictionaries may hold dictionaries.
    private func collect(
        _ group: HDF5Group, prefix: String, _ steps: Range<Int>, _ scan: LayoutScan,
        into observations: inout [String: EpisodeHeader.Stream], depth: Int = 0
    ) throws {
        for name in group.names {
            switch group.kind(of: name) {
            case .dataset: observations[prefix + name] = try observation(name, in: group, steps, scan)
            case .group where depth < 4:
                try collect(
                    group.group(name), prefix: prefix + name + ".", steps, scan, into: &observations, depth: depth + 1)
            default: break
            }
        }
    }

    /// What was seen before each action.
    private func observation(
        _ name: String, in group: HDF5Group, _ steps: Range<Int>, _ scan: LayoutScan
    ) throws -> EpisodeHeader.Stream? {
        guard let whole = try scan.stream(name, in: group) else { return nil }
        let stream = whole.length == steps.count + 1 ? try scan.stream(name, in: group, rows: steps) ?? whole : whole
        return stream.isPictures || stream.isChannelFirst
            ? try scan.pictures(stream, in: file, isBottomUp: false) : stream
    }
}
