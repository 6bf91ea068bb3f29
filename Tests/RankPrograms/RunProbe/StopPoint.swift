import DurableFiles
import Foundation
import Synchronization

/// Ends this process between two steps of what it writes, as a machine that stops does.
///
/// `PROBE_STEPS` names a file that gets a line for every step; `PROBE_STOP_AT` is the number of the step before which the process is killed.
/// With `PROBE_HARSH` what was written and not yet synced is cut to half by then: the disk had not heard of the rest.
enum StopPoint {
    private struct State {
        var count = 0
        var unsynced: Set<String> = []
    }

    private static let state = Mutex(State())

    static func prepare() {
        let environment = ProcessInfo.processInfo.environment
        let stopsAt = environment["PROBE_STOP_AT"].flatMap { Int($0) }
        guard let path = environment["PROBE_STEPS"] else { return }
        let isHarsh = environment["PROBE_HARSH"] != nil
        let file = open(path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0o600)
        DurableFiles.interceptEverywhere { step, path in
            state.withLock { state in
                state.count += 1
                if state.count == stopsAt {
                    if isHarsh { for path in state.unsynced { cut(path) } }
                    kill(getpid(), SIGKILL)
                }
                switch step {
                case .write: state.unsynced.insert(path)
                case .sync: state.unsynced.remove(path)
                default: break
                }
                let line = "\(step.rawValue) \(path)\n"
                _ = line.withCString { write(file, $0, strlen($0)) }
            }
        }
    }

    private static func cut(_ path: String) {
        var facts = stat()
        if stat(path, &facts) == 0 { truncate(path, facts.st_size / 2) }
    }
}
