import Foundation

/// A Python interpreter with the packages that tests compare against, or the reason why there is none.
public enum PeerPython {
    /// The interpreter: `ORCHESTRATE_PEERS` or `.peers/bin/python` of the package.
    public static let path: String? = {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        let candidates = [ProcessInfo.processInfo.environment["ORCHESTRATE_PEERS"], package + "/.peers/bin/python"]
        return candidates.compactMap { $0 }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    /// Whether the interpreter can import all of `modules`.
    public static func has(_ modules: String...) -> Bool {
        guard path != nil else { return false }
        return (try? run("import " + modules.joined(separator: ", ")))?.status == 0
    }

    /// Runs a script and returns its status and output; standard error goes to this process's.
    public static func run(_ script: String, _ arguments: [String] = []) throws -> (status: Int32, output: String) {
        guard let path else { throw CocoaError(.fileNoSuchFile) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = ["-c", script] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}

/// A folder that is deleted when the last reference goes.
public final class TemporaryDirectory: Sendable {
    public let path: String

    public init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("orchestrate-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Real demonstrations beside the checkout, for tests that say so when they skip.
public enum SharedData {
    /// `../shared/data` beside the package, if it is there.
    public static let path: String? = {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = package.deletingLastPathComponent().appendingPathComponent("shared/data").path
        return FileManager.default.fileExists(atPath: folder) ? folder : nil
    }()
}
