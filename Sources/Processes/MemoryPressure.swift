import Foundation

/// What the system says of memory that ran out in this process's control group.
public enum MemoryPressure {
    /// How many processes of this group the system has ended for want of memory; `nil` where it does not say.
    public static func endedProcesses() -> Int? {
        guard let groups = try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8) else { return nil }
        for file in files(groups: groups) {
            if let text = try? String(contentsOfFile: file, encoding: .utf8), let count = count(in: text) {
                return count
            }
        }
        return nil
    }

    /// Where the count may stand, the most exact place first.
    package static func files(groups: String) -> [String] {
        var files: [String] = []
        for line in groups.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            // A container sees its own group as the root of what is mounted.
            for path in parts[2] == "/" ? [""] : [String(parts[2]), ""] {
                if parts[1].split(separator: ",").contains("memory") {
                    files.append("/sys/fs/cgroup/memory\(path)/memory.oom_control")
                } else if parts[0] == "0", parts[1].isEmpty {
                    files.append("/sys/fs/cgroup\(path)/memory.events")
                    files.append("/sys/fs/cgroup/unified\(path)/memory.events")
                }
            }
        }
        return files
    }

    /// The number after `oom_kill`, in either version's file.
    package static func count(in text: String) -> Int? {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == "oom_kill" { return Int(words[1]) }
        }
        return nil
    }
}
