public import Determinism

/// What a run's archive holds, as its first member `archive.json` says it.
///
/// An archive is a tar file: `run/` (the run's folder without scratch), `artifacts/<key>/` (`manifest.json` and `outputs/`, as in a
/// store) and `sources/<digest>` (files and folders the run read). Nothing in it is executed by unpacking.
public struct RunArchive: Hashable, Sendable, Codable {
    /// How much goes with a run.
    public enum Contents: String, Hashable, Sendable, Codable, CaseIterable {
        /// Outputs that no other unit of the run reads.
        case results
        /// The outputs of every unit.
        case artifacts
        /// These, and the files the run read.
        case data
    }

    public var schema: Int = LedgerSchema.archive
    /// Name of the run.
    public var run: String
    public var recipe: String
    public var contents: Contents
    /// Keys of the artifacts that go with it, in the order of the graph.
    public var artifacts: [Digest]
    /// Units that share the outputs of another one, which read the same contents.
    public var aliases: [Alias]
    /// Keys of units whose outputs are not in the store any more.
    public var missing: [Digest]
    public var sources: [Source]
    /// Files of the run's folder, so that a change to them is seen.
    public var files: [File]

    /// A key, and the key under which its outputs are stored.
    public struct Alias: Hashable, Sendable, Codable {
        public var key: Digest
        public var target: Digest
    }

    /// A file or folder the run read.
    public struct Source: Hashable, Sendable, Codable {
        /// Where it was.
        public var path: String
        public var digest: Digest
        public var bytes: Int
    }

    /// A file of the run's folder.
    public struct File: Hashable, Sendable, Codable {
        /// Below the run's folder.
        public var path: String
        public var digest: Digest
    }

    static let name = "archive.json"

    /// What of a run's folder goes with it.
    static let runFiles = [
        "run.json", "run.sqlite", "lock.json", "graph.bin", "launch.json", "report.html", "logs", "crashes.jsonl",
        "faults.jsonl", "slurm.json", "job.sh",
    ]
}
