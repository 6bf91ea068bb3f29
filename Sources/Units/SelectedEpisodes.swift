import Episodes
import Recipes

/// The episodes of one set that count, read from its shards as they are needed.
struct SelectedEpisodes {
    let selection: EpisodeSelection
    private let shards: [String]

    /// The set bound to input field `field`.
    init(_ context: UnitContext, _ field: String) throws {
        selection = try EpisodeSelection.read(context.path(field + ".selection"))
        shards = context.paths(field + ".shards")
        if let stray = selection.episodes.first(where: { $0.shard < 0 || $0.shard >= shards.count }) {
            throw EpisodeError(
                file: context.path(field + ".selection"), object: stray.id, expected: "a shard below \(shards.count)",
                found: "shard \(stray.shard)", remedy: "the selection belongs to other shards")
        }
    }

    /// Calls `body` with every selected episode in order, with its position.
    ///
    /// - Parameter choosing: says by position and record which episodes to read; all when absent.
    func forEach(
        withFrames: Bool, choosing: (Int, EpisodeRecord) -> Bool = { _, _ in true },
        _ body: (Int, Episode) throws -> Void
    ) throws {
        var open: (shard: Int, reader: EpisodeShardReader)?
        for (position, record) in selection.episodes.enumerated() where choosing(position, record) {
            if open?.shard != record.shard { open = (record.shard, try EpisodeShardReader(shards[record.shard])) }
            guard let reader = open?.reader else { continue }
            try body(position, try reader.episode(record.id, withFrames: withFrames).labelled(as: record))
        }
    }
}
