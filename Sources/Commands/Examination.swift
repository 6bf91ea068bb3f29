import Foundation

/// Looks at this machine without changing it, except for one probe file in the store's file system.
struct Examination {
    let storePath: String

    /// Everything a run needs, in the order in which it is needed.
    func findings() -> [Finding] {
        [
            toolchain(), launcher(), library("libmpi.so", package: "libopenmpi-dev"), hdf5(), kernels(), store(),
            locks(), space(), slurm(),
        ]
    }

    private func toolchain() -> Finding {
        guard let text = output(of: ["swift", "--version"])?.split(separator: "\n").first else {
            return Finding(
                subject: "Swift toolchain", state: .warning,
                detail: "not on PATH; needed only to build and for custom recipes",
                remedy: "install Swift 6.3 from swift.org and put its usr/bin on PATH")
        }
        return Finding(subject: "Swift toolchain", state: .good, detail: String(text), remedy: "")
    }

    private func launcher() -> Finding {
        guard let text = output(of: ["mpirun", "--version"])?.split(separator: "\n").first else {
            return Finding(
                subject: "mpirun", state: .broken, detail: "not on PATH; only one rank is possible",
                remedy: "apt-get install openmpi-bin, or 'module load openmpi' on a cluster")
        }
        let version = String(text)
        guard version.contains("Open MPI") else {
            return Finding(
                subject: "mpirun", state: .warning, detail: "\(version); this build is linked against Open MPI",
                remedy: "put the mpirun of the Open MPI this was built with first on PATH")
        }
        return Finding(subject: "mpirun", state: .good, detail: version, remedy: "")
    }

    private func mapped() -> [String] {
        let text = (try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8)) ?? ""
        return Set(text.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) })
            .filter { $0.hasPrefix("/") }.sorted()
    }

    private func library(_ name: String, package: String) -> Finding {
        guard let path = mapped().first(where: { $0.contains(name) }) else {
            return Finding(
                subject: name, state: .broken, detail: "not loaded",
                remedy: "apt-get install \(package) and build again")
        }
        return Finding(subject: name, state: .good, detail: path, remedy: "")
    }

    private func hdf5() -> Finding { library("libhdf5", package: "libhdf5-dev") }

    private func kernels() -> Finding {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let flags = Set(
            text.split(separator: "\n").first { $0.hasPrefix("flags") || $0.hasPrefix("Features") }?
                .split(separator: " ").map(String.init) ?? [])
        if flags.contains("avx512f") {
            return Finding(subject: "CPU kernels", state: .good, detail: "AVX-512", remedy: "")
        }
        if flags.contains("avx2") && flags.contains("fma") {
            return Finding(subject: "CPU kernels", state: .good, detail: "AVX2 with FMA", remedy: "")
        }
        return Finding(
            subject: "CPU kernels", state: .warning, detail: "portable only: equal bits, many times slower",
            remedy: "run on a processor with AVX2 and FMA")
    }

    private var existingParent: String {
        var path = storePath
        while !FileManager.default.fileExists(atPath: path), path != "/", !path.isEmpty {
            path = (path as NSString).deletingLastPathComponent
        }
        return path.isEmpty ? "/" : path
    }

    private func store() -> Finding {
        let parent = existingParent
        guard access(parent, W_OK) == 0 else {
            return Finding(
                subject: "store", state: .broken, detail: "\(parent) cannot be written",
                remedy: "choose another place with --store DIR or ORCHESTRATE_STORE")
        }
        return Finding(
            subject: "store", state: .good, detail: "\(storePath) on \(fileSystem(of: parent))", remedy: "")
    }

    /// Type of the file system that holds `path`: the longest mount point that is a prefix of it.
    private func fileSystem(of path: String) -> String {
        let mounts = (try? String(contentsOfFile: "/proc/mounts", encoding: .utf8)) ?? ""
        var best = (length: -1, type: "an unknown file system")
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 2 else { continue }
            let point = String(fields[1])
            let holds = point == "/" || path == point || path.hasPrefix(point + "/")
            if holds && point.count >= best.length { best = (point.count, String(fields[2])) }
        }
        let isNetwork = ["nfs", "lustre", "gpfs", "cifs", "beegfs", "ceph"].contains { best.type.hasPrefix($0) }
        return isNetwork ? "\(best.type), a network file system" : best.type
    }

    private func locks() -> Finding {
        let probe = existingParent + "/.orchestrate-probe-\(getpid())"
        let descriptor = open(probe, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            return Finding(
                subject: "locks", state: .broken, detail: "cannot create a file beside the store",
                remedy: "choose another --store")
        }
        defer {
            close(descriptor)
            unlink(probe)
        }
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        guard fcntl(descriptor, F_SETLK, &lock) == 0 else {
            return Finding(
                subject: "locks", state: .warning,
                detail: "the file system refuses locks: \(String(cString: strerror(errno)))",
                remedy: "keep to one run at a time on this store, or mount with locking")
        }
        return Finding(subject: "locks", state: .good, detail: "fcntl locks work", remedy: "")
    }

    private func space() -> Finding {
        var facts = statvfs()
        guard statvfs(existingParent, &facts) == 0 else {
            return Finding(subject: "free space", state: .warning, detail: "unknown", remedy: "")
        }
        let gibibytes = Double(facts.f_bavail) * Double(facts.f_frsize) / 1_073_741_824
        let text = String(format: "%.1f GiB", gibibytes)
        return gibibytes < 2
            ? Finding(
                subject: "free space", state: .warning, detail: text,
                remedy: "orchestrate gc --dry-run shows what could go")
            : Finding(subject: "free space", state: .good, detail: text, remedy: "")
    }

    private func slurm() -> Finding {
        guard let text = output(of: ["sinfo", "--version"])?.split(separator: "\n").first else {
            return Finding(
                subject: "Slurm", state: .good, detail: "not here; runs use plain mpirun", remedy: "")
        }
        return Finding(subject: "Slurm", state: .good, detail: "\(text); use mpirun inside an allocation", remedy: "")
    }

    /// Standard output of a program found on PATH; `nil` when it is missing or fails.
    private func output(of arguments: [String]) -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? String(decoding: data, as: UTF8.self) : nil
    }
}
