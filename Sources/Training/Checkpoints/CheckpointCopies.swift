import DurableFiles
import Foundation

/// Checkpoints of one training in several folders, to repeat a part of it from.
public enum CheckpointCopies {
    /// Puts the newest checkpoint of a step below `step` into `folder` and no other, so that a training goes on from it; none when there is
    /// none.
    ///
    /// - Parameter others: further folders of checkpoints that are looked at.
    /// - Returns: the step of the checkpoint.
    public static func provide(before step: Int, in folder: String, others: [String]) throws -> Int? {
        var candidates: [(step: Int, path: String)] = []
        for place in [folder] + others where DurableFiles.exists(place) {
            for entry in try DurableFiles.entries(of: place) {
                guard let found = CheckpointStore.step(ofFolder: entry.name), found < step else { continue }
                candidates.append((found, place + "/" + entry.name))
            }
        }
        // Of equals the one that is there already.
        let chosen = candidates.enumerated().max { ($0.element.step, $1.offset) < ($1.element.step, $0.offset) }?
            .element
        let staging = folder + ".next"
        try DurableFiles.removeTree(staging)
        try DurableFiles.createDirectory(staging)
        if let chosen {
            try FileManager.default.copyItem(
                atPath: chosen.path, toPath: staging + "/" + CheckpointStore.name(chosen.step))
        }
        try DurableFiles.removeTree(folder)
        try DurableFiles.move(staging, to: folder)
        return chosen?.step
    }
}
