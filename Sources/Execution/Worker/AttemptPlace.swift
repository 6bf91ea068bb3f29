import DurableFiles
import Ledger
import Recipes
import Synchronization
import WorkGraph

/// The folders of one attempt, made when the unit first asks for them.
final class AttemptPlace: UnitPlace {
    private struct State {
        var staging: StagingArea?
        var hasWork = false
        var hasCheckpoint = false
        var kept: [String: [UInt8]] = [:]
        var keptBytes = 0
        var failure: (any Error)?
    }

    private let store: ArtifactStore
    private let unit: WorkUnit
    private let attempt: Int
    private let isDuplicate: Bool
    private let fence: Int
    private let makeWorkPath: @Sendable () -> String
    private let logs: @Sendable (String) -> String
    private let state: Mutex<State>

    /// - Parameters:
    ///   - isDuplicate: another attempt runs at the same time; checkpoints are this attempt's own.
    ///   - staging: of the gang, when its leading rank has made it already.
    init(
        store: ArtifactStore, unit: WorkUnit, attempt: Int, isDuplicate: Bool, fence: Int,
        workPath: @escaping @Sendable () -> String,
        logs: @escaping @Sendable (String) -> String, staging: StagingArea?
    ) {
        self.store = store
        self.unit = unit
        self.attempt = attempt
        self.isDuplicate = isDuplicate
        self.fence = fence
        makeWorkPath = workPath
        self.logs = logs
        var initial = State()
        initial.staging = staging
        state = Mutex(initial)
    }

    private var workPath: String { makeWorkPath() }

    var outputDirectory: String { staging()?.outputs ?? "\(workPath)/outputs" }

    var workDirectory: String {
        let path = workPath
        state.withLock { state in
            guard !state.hasWork else { return }
            state.hasWork = true
            Self.make(path, &state)
        }
        return path
    }

    var checkpointDirectory: String {
        let path = isDuplicate ? workDirectory + "/checkpoint" : store.layout.checkpoint(unit.key)
        state.withLock { state in
            guard !state.hasCheckpoint else { return }
            state.hasCheckpoint = true
            Self.make(path, &state)
        }
        return path
    }

    func keep(_ bytes: [UInt8], as output: String) -> Bool {
        state.withLock { state in
            guard state.keptBytes + bytes.count <= ArtifactStore.inlineLimit else { return false }
            state.keptBytes += bytes.count - (state.kept[output]?.count ?? 0)
            state.kept[output] = bytes
            return true
        }
    }

    func logPath(_ stream: String) -> String? { logs(stream) }

    /// The first folder that could not be made.
    var failure: (any Error)? { state.withLock { $0.failure } }

    var hasCheckpoint: Bool { state.withLock { $0.hasCheckpoint } }

    /// Outputs in declared order when every one was kept and no file was asked for.
    func keptOutputs() -> [[UInt8]]? {
        state.withLock { state in
            guard state.staging == nil else { return nil }
            var outputs: [[UInt8]] = []
            for output in unit.outputs {
                guard let bytes = state.kept[output.name] else { return nil }
                outputs.append(bytes)
            }
            return outputs
        }
    }

    /// The staging area with kept outputs written out as files beside the others.
    func completeStaging() throws -> StagingArea {
        guard let staging = staging() else { throw failure ?? ExecutionError(.system, "no place for outputs") }
        let kept = state.withLock { $0.kept }
        for name in kept.keys.sorted() {
            try DurableFiles.writeFile(kept[name] ?? [], to: staging.outputs + "/" + name)
        }
        return staging
    }

    /// Removes what the attempt left; the work folder stays when it failed.
    func clear(keepingWork: Bool) {
        let (staging, hasWork) = state.withLock { ($0.staging, $0.hasWork) }
        // Leftovers cost space only, and the next session sweeps them.
        if let staging { try? store.discard(staging) }
        if hasWork, !keepingWork { try? DurableFiles.removeTree(workPath) }
    }

    /// The staging area, if the attempt has asked for it; made now if not.
    func staging() -> StagingArea? {
        state.withLock { state in
            if let staging = state.staging { return staging }
            do {
                state.staging = try store.staging(for: unit.key, attempt: attempt, fence: fence)
            } catch {
                state.failure = state.failure ?? error
            }
            return state.staging
        }
    }

    private static func make(_ path: String, _ state: inout State) {
        do {
            try DurableFiles.createDirectory(path)
        } catch {
            state.failure = state.failure ?? error
        }
    }
}
