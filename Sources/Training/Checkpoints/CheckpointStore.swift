import Determinism
import DurableFiles

/// The checkpoints of one training in a folder: written aside, renamed in, the newest named by `LATEST`.
///
/// Used by rank 0 alone. At least the two newest are kept, so that a damaged one can be replaced by the one before.
struct CheckpointStore: Sendable {
    private let folder: String
    private let identity: Digest
    private static let latest = "LATEST"
    /// How many of the newest stay.
    private let kept: Int
    /// Steps whose checkpoints stay for good are multiples of this.
    private let keptEvery: Int?

    private static let staging = ".staging-"

    /// Opens the folder and removes what an interrupted write left behind.
    ///
    /// - Parameter say: told about such a write.
    init(_ folder: String, identity: Digest, kept: Int, keptEvery: Int?, say: (String) -> Void) throws {
        self.kept = kept
        self.keptEvery = keptEvery
        self.folder = folder
        self.identity = identity
        try DurableFiles.createDirectory(folder)
        for entry in try DurableFiles.entries(of: folder) where entry.name.hasPrefix(Self.staging) {
            say(
                "the writing of checkpoint '\(entry.name.dropFirst(Self.staging.count))' was interrupted; it is removed"
            )
            try DurableFiles.removeTree(folder + "/" + entry.name)
        }
    }

    static func name(_ step: Int) -> String {
        let digits = String(step)
        return "step-" + String(repeating: "0", count: max(0, 9 - digits.count)) + digits
    }

    /// The step of a checkpoint's folder; `nil` for other names.
    static func step(ofFolder name: String) -> Int? {
        name.hasPrefix("step-") ? Int(name.dropFirst("step-".count)) : nil
    }

    /// Names of stored checkpoints, newest first.
    private func names() throws -> [String] {
        try DurableFiles.entries(of: folder).map(\.name).filter { $0.hasPrefix("step-") }.sorted(by: >)
    }

    /// Stores a checkpoint, points `LATEST` at it and removes those that are not to be kept.
    func save(_ snapshot: ModelSnapshot) throws {
        let name = Self.name(snapshot.step)
        let staging = folder + "/" + Self.staging + name
        try DurableFiles.removeTree(staging)
        try DurableFiles.createDirectory(staging)
        try snapshot.write(to: staging)
        try DurableFiles.commitDirectory(staging, as: folder + "/" + name)
        try DurableFiles.write(name + "\n", to: folder + "/" + Self.latest)
        for old in try names().filter({ $0 < name }).dropFirst(kept - 1) {
            if let keptEvery, let step = Int(old.dropFirst("step-".count)), step % keptEvery == 0 { continue }
            try DurableFiles.removeTree(folder + "/" + old)
        }
    }

    /// The newest checkpoint that is whole and belongs to this training, and its folder; `nil` when there is none.
    ///
    /// A damaged one is removed and the one before is used.
    ///
    /// - Parameter say: told about every checkpoint that is passed over.
    func newest(say: (String) -> Void) throws -> (folder: String, manifest: CheckpointManifest)? {
        let pointer = folder + "/" + Self.latest
        var names = try names()
        if DurableFiles.exists(pointer) {
            let named =
                String(decoding: try DurableFiles.read(pointer), as: UTF8.self)
                .split(separator: "\n").first.map(String.init) ?? ""
            if let place = names.firstIndex(of: named) {
                names.insert(names.remove(at: place), at: 0)
            } else if !names.isEmpty || !named.isEmpty {
                say("checkpoint '\(named)', which LATEST names, is missing; using an earlier one")
            }
        }
        for name in names {
            let path = folder + "/" + name
            do {
                let manifest = try CheckpointManifest.verified(path)
                guard manifest.identity == identity, manifest.numericsVersion == NumericsVersion.current else {
                    say("checkpoint '\(name)' belongs to other settings or tokens; it is not used")
                    continue
                }
                return (path, manifest)
            } catch let error as TrainingError {
                say("\(error.message); using the checkpoint before it")
                try DurableFiles.removeTree(path)
            }
        }
        if !names.isEmpty { say("no usable checkpoint is left; training starts from the first step") }
        return nil
    }
}
