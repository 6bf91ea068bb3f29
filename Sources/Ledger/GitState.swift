import Foundation

/// Where a project's repository stood when a run was locked.
public struct GitState: Hashable, Sendable, Codable {
    /// The commit's full hash; empty before the first commit.
    public var commit: String
    /// Changes against that commit, as `git diff HEAD` prints them; empty when there are none.
    public var dirtyDiff: String
    /// The diff was longer than ``diffLimit`` and was cut.
    public var isDiffCut: Bool

    /// Bytes of a diff that are kept.
    public static let diffLimit = 1 << 20

    /// Asks `git`; `nil` outside a repository or without git.
    public init?(projectDirectory: String) {
        guard Self.git(["rev-parse", "--is-inside-work-tree"], projectDirectory) != nil else { return nil }
        commit = (Self.git(["rev-parse", "--verify", "-q", "HEAD"], projectDirectory) ?? "").trimmingCharacters(
            in: .whitespacesAndNewlines)
        let diff =
            commit.isEmpty ? "" : Self.git(["diff", "--no-ext-diff", "--no-color", "HEAD"], projectDirectory) ?? ""
        isDiffCut = diff.utf8.count > Self.diffLimit
        dirtyDiff = isDiffCut ? String(decoding: diff.utf8.prefix(Self.diffLimit), as: UTF8.self) : diff
    }

    private static func git(_ arguments: [String], _ folder: String) -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["git", "-C", folder] + arguments
        // Neither prompts nor locks: other commands may be at work in the repository.
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"]) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? String(decoding: output, as: UTF8.self) : nil
    }
}
