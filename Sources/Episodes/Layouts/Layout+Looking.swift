import Determinism
import HDF5

extension Layout {
    /// The layout of a file, judged by its groups and attributes.
    ///
    /// - Throws: ``EpisodeError`` when none fits.
    static func of(_ file: HDF5File) throws -> Layout {
        let root = file.root
        if root.kind(of: "data") == .group {
            let data = try root.group("data")
            if data.attributes["problem_info"] != nil || data.attributes["bddl_file_name"] != nil { return .libero }
            let groups = data.names.filter { data.kind(of: $0) == .group }
            if let first = try groups.first.map(data.group), first.kind(of: "obs") == nil,
                first.kind(of: "states") == .dataset,
                first.attributes["model_file"] != nil || data.attributes["repository_version"] != nil
            {
                return .robosuite
            }
            // Arrays side by side in 'data' are somebody else's; robomimic has groups.
            if !groups.isEmpty || data.names.isEmpty { return .robomimic }
        }
        if root.kind(of: "observations") == .group,
            ["action", "actions"].contains(where: { root.kind(of: $0) == .dataset })
        {
            return .aloha
        }
        if root.kind(of: "actions") == .dataset, root.kind(of: "observations") == .dataset,
            FlatLayout.endings.contains(where: { root.kind(of: $0) == .dataset })
        {
            return .d4rl
        }
        let episodes = root.names.filter { MinariLayout.isEpisode($0) && root.kind(of: $0) == .group }
        if let first = try episodes.first.map(root.group), first.kind(of: "actions") != nil,
            first.kind(of: "observations") != nil
        {
            return .minari
        }
        throw unknown(file)
    }

    /// The error for a file in no layout.
    static func unknown(_ file: HDF5File) -> EpisodeError {
        let names = file.root.names
        let found = names.isEmpty ? "an empty file" : names.prefix(6).map { "'\($0)'" }.joined(separator: ", ")
        var remedy = "'orchestrate inspect' writes a mapping to start from: Ingest(…, episodes: …, columns: […])"
        if file.root.kind(of: "data") == nil, let near = NearestName.of("data", among: names, orPart: true) {
            remedy = "did you mean '\(near)' to be 'data'? Otherwise " + remedy
        }
        return EpisodeError(
            file: file.path, object: "/",
            expected: "a group 'data' (layout robomimic), or the layout of LIBERO, ALOHA, D4RL, Minari or robosuite",
            found: found, remedy: remedy)
    }
}
