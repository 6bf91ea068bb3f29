import HDF5

/// Reads the header of one episode in the layout of ALOHA and ACT: a file per episode.
///
/// Layout: `/action` `[T, A]`, `/observations/{qpos, qvel, effort}` `[T, D]`, `/observations/images/<camera>` raw `[T, H, W, 3]` or
/// as JPEG files padded to `[T, bytes]`, then with `/compress_len` `[cameras, T]`, which ACT writes as float32.
/// Source: `record_episodes.py` of the repository tonyzhaozh/aloha.
struct AlohaLayout {
    let file: HDF5File

    /// - Throws: ``EpisodeError`` when the file is no such episode or its pictures cannot be decoded.
    func episode(_ scan: LayoutScan, id: String) throws -> EpisodeHeader {
        let root = file.root
        guard root.kind(of: "observations") == .group else { throw Layout.unknown(file) }
        var header = EpisodeHeader(id: id, file: file.path, group: "", observationGroup: "observations")
        header.actionPath = "action"
        header.actions = try scan.stream(root.kind(of: "action") == .dataset ? "action" : "actions", in: root)
        header.rewards = try scan.stream("rewards", in: root)
        header.instruction = Instruction.find([root.attributes])
        header.success = root.attributes.integer("success").map { $0 != 0 }
        let observations = try root.group("observations")
        for name in observations.names {
            if let stream = try scan.stream(name, in: observations) { header.observations[name] = stream }
        }
        if let stream = try scan.stream("base_action", in: root) { header.observations["base_action"] = stream }
        guard observations.kind(of: "images") == .group else { return header }
        let images = try observations.group("images")
        for name in images.names {
            guard let stream = try scan.stream(name, in: images) else { continue }
            do {
                header.observations[name] = try scan.pictures(stream, in: file, isBottomUp: false)
            } catch let error as EpisodeError {
                header.observations[name] = stream
                header.failure = error
            }
        }
        if header.failure == nil { header.failure = try wrongLengths(header) }
        return header
    }

    /// What is wrong with the lengths of padded pictures; they are told once for all cameras.
    private func wrongLengths(_ header: EpisodeHeader) throws -> EpisodeError? {
        let cameras = header.observations.values.filter(\.place.pictures.isEncoded)
        guard !cameras.isEmpty, file.root.kind(of: "compress_len") == .dataset else { return nil }
        let dataset = try file.root.dataset("compress_len")
        func wrong(_ expected: String, _ found: String) -> EpisodeError {
            EpisodeError(
                file: file.path, object: "compress_len", expected: expected, found: found,
                remedy: "the file is damaged; copy it again")
        }
        guard dataset.element.isNumeric, dataset.shape.count == 2, dataset.shape[0] >= cameras.count,
            dataset.shape[1] >= header.length
        else {
            return wrong(
                "lengths of shape [\(cameras.count), \(header.length)]", "\(dataset.element) of shape \(dataset.shape)")
        }
        let widest =
            try cameras.map { try file.root.dataset($0.place.object).shape.dropFirst().reduce(1, *) }.max() ?? 0
        let lengths = try dataset.read(Double.self)
        guard let place = lengths.firstIndex(where: { !($0 >= 1 && $0 <= Double(widest) && $0 == $0.rounded()) }) else {
            return nil
        }
        let (camera, row) = place.quotientAndRemainder(dividingBy: dataset.shape[1])
        return wrong("whole numbers from 1 to \(widest) bytes", "\(lengths[place]) for camera \(camera) in row \(row)")
    }
}
