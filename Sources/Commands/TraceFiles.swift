import Determinism
import DurableFiles
import Foundation
import Pictures
import Scheduling

/// Reads recorded workflows from files.
enum TraceFiles {
    /// The traces at `paths`; a folder stands for the `.json` and `.json.gz` files in it, sorted by name.
    ///
    /// - Throws: ``TraceFilesError`` with what is wrong with every file, not only the first.
    static func load(_ paths: [String], progress: (Int, Int) -> Void = { _, _ in }) throws -> [WorkflowTrace] {
        var files: [String] = []
        for path in paths { files += try expand(path) }
        var traces: [WorkflowTrace] = []
        var failures: [String] = []
        for (index, file) in files.enumerated() {
            progress(index, files.count)
            do {
                traces.append(try read(file))
            } catch let error as TraceError {
                failures.append(error.description)
            } catch let error as PictureError {
                failures.append("\(file): \(error)")
            }
        }
        guard failures.isEmpty else { throw TraceFilesError(failures: failures) }
        return traces
    }

    private static func expand(_ path: String) throws -> [String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw MissingTrace(path: path)
        }
        guard isFolder.boolValue else { return [path] }
        let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        let traces = names.filter { $0.hasSuffix(".json") || $0.hasSuffix(".json.gz") }
        guard !traces.isEmpty else { throw MissingTrace(path: path + "/*.json[.gz]") }
        return traces.map { path + "/" + $0 }
    }

    private static func read(_ file: String) throws -> WorkflowTrace {
        var bytes = try DurableFiles.read(file)
        if Gzip.isCompressed(bytes) { bytes = try Gzip.expand(bytes) }
        do {
            let trace = try WfFormat.decode(Data(bytes), name: name(of: file))
            return trace
        } catch {
            throw TraceError(trace: file, problems: error.problems)
        }
    }

    /// The file's name without its endings.
    static func name(of file: String) -> String {
        var name = String(file.split(separator: "/").last ?? "")
        for ending in [".gz", ".json"] where name.hasSuffix(ending) { name.removeLast(ending.count) }
        return name
    }
}

/// Traces that cannot be used, with every problem of each.
struct TraceFilesError: ExitCoded, CustomStringConvertible {
    let failures: [String]

    var exitCode: Int32 { Determinism.ExitCode.badData }
    var description: String { failures.joined(separator: "\n") }
}

/// A path where no trace is.
struct MissingTrace: ExitCoded, CustomStringConvertible {
    let path: String

    var exitCode: Int32 { Determinism.ExitCode.missingInput }
    var description: String {
        "there is no trace at '\(path)'; give WfFormat files (.json or .json.gz) or a folder of them."
    }
}
