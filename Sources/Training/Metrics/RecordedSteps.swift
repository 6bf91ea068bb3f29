import DurableFiles

/// What is recorded of a training's steps, by step.
public struct RecordedSteps: Sendable {
    private let records: [Int: StepRecord]

    public subscript(step: Int) -> StepRecord? { records[step] }

    /// The last step that is recorded; 0 when none is.
    public var last: Int { records.keys.max() ?? 0 }

    /// The steps of a trained model or of one checkpoint; none when the folder has no records.
    public init(ofModel folder: String) throws {
        self.init(StepRecord.lines(try Self.bytes(folder + "/" + ModelSnapshot.File.metrics)))
    }

    /// The steps taken so far by a training that keeps its checkpoints in `folder`; damaged lines are left out.
    public init(ofCheckpoints folder: String) throws {
        let lines = try Self.bytes(folder + "/" + StepJournal.fileName).split(separator: 10).dropFirst()
        self.init(lines.compactMap { StepJournal.content($0) }.flatMap { StepRecord.lines(Array($0)) })
    }

    private init(_ lines: [StepRecord]) {
        // The last line of a step counts.
        records = Dictionary(lines.map { ($0.step, $0) }, uniquingKeysWith: { _, last in last })
    }

    private static func bytes(_ path: String) throws -> [UInt8] {
        DurableFiles.exists(path) ? try DurableFiles.read(path) : []
    }
}
