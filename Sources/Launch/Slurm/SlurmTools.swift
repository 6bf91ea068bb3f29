import Determinism
import Foundation

/// Slurm's own programs, by argument vector.
enum SlurmTools {
    struct Answer {
        let code: Int32
        let output: String
        let errors: String
    }

    /// Runs one of them to its end.
    ///
    /// - Throws: ``LaunchError`` when it is not installed here.
    static func call(_ program: String, _ arguments: [String]) throws -> Answer {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        // No prompts, no local formats, and no options of the user's that change what is printed.
        var environment = ProcessInfo.processInfo.environment
        environment["LC_ALL"] = "C"
        for name in ["SQUEUE_FORMAT", "SQUEUE_SORT", "SBATCH_OUTPUT", "SQUEUE_STATES"] { environment[name] = nil }
        process.environment = environment
        let (output, errors) = (Pipe(), Pipe())
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        do {
            try process.run()
        } catch {
            throw LaunchError("'\(program)' cannot be started: \(error)", exitCode: ExitCode.software)
        }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaints = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        if process.terminationStatus == 127 {
            throw LaunchError(
                "there is no '\(program)' on PATH; submit from a machine where Slurm's programs are installed, or leave out --on slurm",
                exitCode: ExitCode.unavailable)
        }
        return Answer(code: process.terminationStatus, output: text, errors: complaints)
    }
}
