import CProcesses
import Glibc

/// What a process says about itself to the system.
public enum ProcessControl {
    /// This process is killed when its parent, `parent` at the time of asking, dies.
    public static func dieWithParent(_ parent: Int32) { _ = orc_die_with_parent(SIGKILL, parent) }

    /// Orphaned descendants become children of this process, so that they can be ended and waited for.
    public static func adoptOrphans() { _ = orc_adopt_orphans() }

    /// The processors this process may use, ascending.
    public static func allowedCpus() -> [Int] {
        var cpus = [Int32](repeating: 0, count: 1024)
        let count = orc_allowed_cpus(&cpus, Int32(cpus.count))
        return count < 0 ? [] : cpus.prefix(Int(count)).map { Int($0) }
    }

    /// The calling thread does little at a time and should do it soon, also beside threads that compute.
    ///
    /// Linux since 6.12 gives such a thread the processor when it wakes instead of at the end of another's slice of some milliseconds;
    /// older ones do as before.
    public static func preferPromptness() { _ = orc_prefer_short_slices(300_000) }

    /// Bytes of memory of this machine.
    public static func memoryBytes() -> Int {
        Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Whether a process of that id exists.
    public static func isAlive(_ process: Int32) -> Bool { kill(process, 0) == 0 || errno == EPERM }
}
