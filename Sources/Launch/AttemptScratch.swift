import DurableFiles
import Execution
import Foundation
import Processes

/// What one start of the launcher may leave behind: Open MPI's session folder, shared memory, and marked processes.
///
/// Everything carries the id of the supervising process, so that the next one knows what belongs to the dead.
struct AttemptScratch: Sendable {
    private static let prefix = "orc-"
    private static let roots = ["/tmp", "/dev/shm"]

    /// The value of ``RankProcess/jobVariable`` for all processes of this start.
    let job: String
    /// Short, because Open MPI puts sockets below it.
    let sessionFolder: String
    let sharedMemoryFolder: String

    init(storeRoot: String, run: String, attempt: Int) throws {
        let own = "\(getpid())-\(attempt)-\(String(UInt32.random(in: 0...UInt32.max), radix: 36))"
        job = "\(getpid())|\(attempt)|\(run)|\(storeRoot)"
        sessionFolder = "/tmp/\(Self.prefix)\(own)"
        let shared = "/dev/shm/\(Self.prefix)\(own)"
        try DurableFiles.createDirectory(sessionFolder)
        let hasSharedMemory = DurableFiles.isDirectory("/dev/shm") && (try? DurableFiles.createDirectory(shared)) != nil
        sharedMemoryFolder = hasSharedMemory ? shared : sessionFolder
    }

    /// Ends processes that outlived the launcher, and removes its files.
    func clear() {
        for process in ProcessTable.processes(marked: RankProcess.jobVariable, where: { $0 == job }) {
            kill(process, SIGKILL)
        }
        for folder in Set([sessionFolder, sharedMemoryFolder]) { try? DurableFiles.removeTree(folder) }
    }

    /// Clears what supervisors left that were killed themselves.
    static func clearDead() {
        for process in ProcessTable.processes(
            marked: RankProcess.jobVariable, where: { isOfDead($0.split(separator: "|").first) })
        {
            kill(process, SIGKILL)
        }
        for root in roots {
            for entry in (try? DurableFiles.entries(of: root)) ?? [] where entry.name.hasPrefix(prefix) {
                let owner = entry.name.dropFirst(prefix.count).split(separator: "-").first
                if isOfDead(owner) { try? DurableFiles.removeTree(root + "/" + entry.name) }
            }
        }
    }

    private static func isOfDead(_ text: Substring?) -> Bool {
        guard let text, let process = Int32(text) else { return false }
        return !ProcessControl.isAlive(process)
    }
}
