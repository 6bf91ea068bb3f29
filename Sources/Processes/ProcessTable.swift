import Glibc

/// The processes of this machine that carry a mark in their environment.
///
/// A killed launcher leaves children behind that no process group reaches; their environment still says whose they are.
public enum ProcessTable {
    /// Ids of this user's processes in whose environment `name` has a value that `matches`; never this process.
    public static func processes(marked name: String, where matches: (String) -> Bool) -> [Int32] {
        guard let folder = opendir("/proc") else { return [] }
        defer { closedir(folder) }
        let own = getpid()
        var found: [Int32] = []
        while let entry = readdir(folder) {
            let text = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let id = Int32(text), id != own, let value = variable(name, of: id), matches(value) else { continue }
            found.append(id)
        }
        return found.sorted()
    }

    /// The name of a process's program, at most 15 bytes of it; `nil` when there is no such process.
    public static func program(of process: Int32) -> String? {
        let descriptor = open("/proc/\(process)/comm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(descriptor, &bytes, bytes.count)
        return count < 0 ? nil : String(decoding: bytes[0..<count].filter { $0 != 10 }, as: UTF8.self)
    }

    /// A variable of another process's environment as it was when that process started.
    public static func variable(_ name: String, of process: Int32) -> String? {
        let descriptor = open("/proc/\(process)/environ", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = read(descriptor, &piece, piece.count)
            if count <= 0 { break }
            bytes += piece[0..<count]
        }
        let prefix = Array((name + "=").utf8)
        for entry in bytes.split(separator: 0) where entry.starts(with: prefix) {
            return String(decoding: entry.dropFirst(prefix.count), as: UTF8.self)
        }
        return nil
    }
}
