import Determinism
import DurableFiles
import Foundation
import HDF5
import Kernels
import Ranks

/// Looks at this machine without changing it, except for one probe file in the store's file system.
struct Examination {
    let storePath: String

    /// Everything a run needs, in the order in which it is needed.
    func findings() -> [Finding] {
        [toolchain(), launcher(), mpi(), hdf5(), kernels(), store(), locks(), space(), slurm()]
    }

    // MARK: Programs

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
        return LibraryMatch(launcher: String(text), library: MPIEnvironment.libraryVersion).finding
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

    // MARK: Libraries

    /// Files mapped into this process, sorted.
    private func mapped() -> [String] {
        let text = (try? DurableFiles.read("/proc/self/maps")).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return Set(text.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) })
            .filter { $0.hasPrefix("/") }.sorted()
    }

    private func library(_ name: String, version: String, file: String, package: String) -> Finding {
        guard let path = mapped().first(where: { $0.contains(file) }) else {
            return Finding(
                subject: name, state: .broken, detail: "not loaded",
                remedy: "apt-get install \(package) and build again")
        }
        return Finding(subject: name, state: .good, detail: "\(version), \(path)", remedy: "")
    }

    private func mpi() -> Finding {
        let version = MPIEnvironment.libraryVersion.prefix { $0 != "," && !$0.isNewline }
        return library("MPI library", version: String(version), file: "libmpi.so", package: "libopenmpi-dev")
    }

    private func hdf5() -> Finding {
        library("HDF5 library", version: HDF5Version.text, file: "libhdf5", package: "libhdf5-dev")
    }

    private func kernels() -> Finding {
        let subject = "CPU kernels"
        let asked = ProcessInfo.processInfo.environment["ORCHESTRATE_KERNELS"] ?? ""
        do {
            let set = try Kernels.current().set
            let all = KernelSet.available.map(\.rawValue).joined(separator: ", ")
            let choice = asked.isEmpty ? "" : ", set by ORCHESTRATE_KERNELS"
            let detail = "\(set.rawValue)\(choice) (this processor runs: \(all))"
            if NativeBrainFloat.here == .differs {
                return Finding(
                    subject: subject, state: .warning,
                    detail: detail + "; its bf16 instruction gives other bits than its definition and is not used",
                    remedy: "nothing: bf16 products are emulated with the right bits, at the speed of fp32")
            }
            guard set == .scalar else { return Finding(subject: subject, state: .good, detail: detail, remedy: "") }
            return Finding(
                subject: subject, state: .warning, detail: detail + "; equal bits, many times slower",
                remedy: asked.isEmpty ? "run on a processor with AVX2 and FMA" : "unset ORCHESTRATE_KERNELS")
        } catch {
            return Finding(
                subject: subject, state: .broken, detail: "\(error)",
                remedy: asked.isEmpty
                    ? "start from an environment with default floating-point modes" : "unset ORCHESTRATE_KERNELS")
        }
    }

    // MARK: Store

    /// The store's folder, or the nearest one above it that exists.
    private var existingParent: String {
        var path = storePath
        while !DurableFiles.exists(path), DurableFiles.parent(of: path) != path { path = DurableFiles.parent(of: path) }
        return path
    }

    private func store() -> Finding {
        let parent = existingParent
        let remedy = "choose another place with --store DIR or ORCHESTRATE_STORE"
        guard DurableFiles.isDirectory(parent) else {
            return Finding(
                subject: "store", state: .broken, detail: "\(storePath) cannot be made: \(parent) is a file",
                remedy: remedy)
        }
        do {
            try withProbe { _ in }
        } catch {
            return Finding(
                subject: "store", state: .broken, detail: "\(parent) cannot be written: \(error.detail)", remedy: remedy
            )
        }
        guard let system = try? FileSystem(of: parent) else {
            return Finding(subject: "store", state: .good, detail: storePath, remedy: "")
        }
        let network =
            system.isNetworked ? ", perhaps a network file system: databases are kept without shared memory" : ""
        return Finding(
            subject: "store", state: .good, detail: "\(storePath) on \(system.name)\(network)", remedy: "")
    }

    /// Makes a file beside the store for as long as `body` needs it.
    private func withProbe<Result>(_ body: (Int32) throws(ProbeError) -> Result) throws(ProbeError) -> Result {
        let probe = existingParent + "/.orchestrate-probe-\(getpid())"
        let descriptor = open(probe, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw ProbeError(detail: String(cString: strerror(errno))) }
        defer {
            close(descriptor)
            unlink(probe)
        }
        return try body(descriptor)
    }

    private func locks() -> Finding {
        let code: Int32? = try? withProbe { descriptor in
            var lock = flock()
            lock.l_type = Int16(F_WRLCK)
            lock.l_whence = Int16(SEEK_SET)
            return fcntl(descriptor, F_SETLK, &lock) == 0 ? 0 : errno
        }
        guard let code else {
            return Finding(
                subject: "locks", state: .broken, detail: "cannot create a file beside the store",
                remedy: "choose another --store")
        }
        guard code == 0 else {
            return Finding(
                subject: "locks", state: .warning,
                detail: "the file system refuses locks: \(String(cString: strerror(code)))",
                remedy: "keep to one run at a time on this store, or mount with locking")
        }
        return Finding(subject: "locks", state: .good, detail: "fcntl locks work", remedy: "")
    }

    private func space() -> Finding {
        guard let system = try? FileSystem(of: storePath) else {
            return Finding(subject: "free space", state: .warning, detail: "unknown", remedy: "")
        }
        let gibibytes = Double(system.freeBytes) / 1_073_741_824
        let text = String(format: "%.1f GiB", gibibytes)
        return gibibytes < 2
            ? Finding(
                subject: "free space", state: .warning, detail: text,
                remedy: "\(Program.current.name) gc --dry-run shows what could go")
            : Finding(subject: "free space", state: .good, detail: text, remedy: "")
    }
}

/// Why no file can be made.
private struct ProbeError: Error {
    let detail: String
}

/// The launcher beside the library this program is linked against.
package struct LibraryMatch {
    /// First line of `mpirun --version`, such as `mpirun (Open MPI) 4.1.4`.
    package let launcher: String
    /// Such as `Open MPI v4.1.4, package: …`.
    package let library: String

    package init(launcher: String, library: String) {
        self.launcher = launcher
        self.library = library
    }

    /// What is the matter with the pair; `nil` when they belong together.
    package var mismatch: String? {
        let name = library.prefix { $0 != "," && !$0.isNewline }
        guard launcher.contains("Open MPI") == library.contains("Open MPI") else {
            return "\(launcher); this program is linked against \(name)"
        }
        guard let one = Self.version(launcher), let other = Self.version(library), one != other else { return nil }
        return "\(launcher); this program is linked against \(other)"
    }

    /// The first number with dots in a text.
    private static func version(_ text: String) -> String? {
        text.split { !($0.isNumber || $0 == ".") }.map { $0.drop { $0 == "." } }.first { $0.contains(".") }
            .map(String.init)
    }

    var finding: Finding {
        guard let mismatch else {
            return Finding(
                subject: "mpirun", state: .good, detail: "\(launcher), the version this program is linked against",
                remedy: "")
        }
        return Finding(
            subject: "mpirun", state: .warning, detail: mismatch,
            remedy: "put the mpirun of the MPI this was built with first on PATH, or build again")
    }
}
