public import Determinism
import Foundation

/// The system's `tar`, by argument vector.
enum TarProgram {
    /// Writes everything below `folder` to `archive`, in one byte form; compressed as its name says (`.gz`, `.xz`, `.zst`).
    static func create(_ archive: String, of folder: String, compressedAs name: String) throws {
        var options = ["--create", "--dereference", "--format=posix"]
        // Same contents, same bytes: no owners, no times, one order; the list of contents comes first.
        options += ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@0", "--mode=u+rw,go-rwx"]
        options += ["--pax-option=delete=atime,delete=ctime"]
        for (ending, program) in [(".gz", "gzip"), (".tgz", "gzip"), (".xz", "xz"), (".zst", "zstd")]
        where name.hasSuffix(ending) {
            options.append("--use-compress-program=\(program)")
        }
        let members = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0 != RunArchive.name }
        try call(
            options + ["--file=\(archive)", "--directory=\(folder)", "--", RunArchive.name] + members.sorted(), archive)
    }

    /// Extracts `archive` into `folder`, which must be empty.
    static func extract(_ archive: String, into folder: String) throws {
        try call(
            ["--extract", "--no-same-owner", "--no-same-permissions", "--file=\(archive)", "--directory=\(folder)"],
            archive)
    }

    private static func call(_ arguments: [String], _ archive: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["tar"] + arguments
        // Options of the user's own would change what is written.
        process.environment = ProcessInfo.processInfo.environment.merging(["TAR_OPTIONS": "", "LC_ALL": "C"]) { $1 }
        let errors = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        try process.run()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let isFull = text.contains("No space left")
            throw ArchiveError(
                "'\(archive)': tar says: \(text.split(separator: "\n").prefix(3).joined(separator: "; "))",
                isFull ? ExitCode.inputOutput : ExitCode.badData)
        }
    }
}

/// An archive that cannot be written, read or trusted.
public struct ArchiveError: ExitCoded, CustomStringConvertible {
    public let description: String
    public let exitCode: Int32

    init(_ description: String, _ exitCode: Int32) {
        self.description = description
        self.exitCode = exitCode
    }
}
