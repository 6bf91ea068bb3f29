import DurableFiles
import Foundation

/// A file or folder that is to be recognized: its name, its first bytes or its members.
public struct InspectedPlace: Sendable {
    /// Path as given.
    public let path: String
    public let isFolder: Bool
    /// Bytes of the file, or of all files below the folder.
    public let bytes: Int
    /// Names of a folder's members, sorted; empty for a file.
    let names: [String]
    /// The first bytes of a file; empty for a folder.
    let start: [UInt8]

    /// Looks at `path`.
    ///
    /// - Throws: ``InspectionError`` when nothing is there, `DurableFilesError` when it cannot be read.
    public init(_ path: String) throws {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path
        guard let status = DurableFiles.status(of: path) else { throw InspectionError.missing(path) }
        switch status.kind {
        case .folder:
            isFolder = true
            names = try DurableFiles.entries(of: path).map(\.name)
            bytes = (try? DurableFiles.files(below: path).reduce(0) { $0 + $1.bytes }) ?? 0
            start = []
        case .file:
            isFolder = false
            names = []
            bytes = status.bytes
            start = try ReadableFile(path).read(at: 0, count: min(status.bytes, 4096))
        case .link, .other:
            throw InspectionError.unreadable(path, "it is neither a file nor a folder")
        }
    }

    /// Whether the folder has members of all these names.
    func has(_ names: String...) -> Bool { names.allSatisfy { self.names.contains($0) } }

    /// Whether `file`, a member of the folder, starts with `bytes`.
    func member(_ file: String, startsWith bytes: [UInt8]) -> Bool {
        guard has(file), let found = try? ReadableFile(path + "/" + file).read(at: 0, count: bytes.count) else {
            return false
        }
        return found == bytes
    }

    /// The JSON object of this file, or of the member `file` of this folder; `nil` when it is none or larger than 64 MiB.
    func jsonObject(_ file: String? = nil) -> [String: Any]? {
        let path = file.map { self.path + "/" + $0 } ?? self.path
        guard let status = DurableFiles.status(of: path), status.kind == .file, status.bytes <= 64 << 20,
            let bytes = try? DurableFiles.read(path),
            bytes.first(where: { $0 > 32 }) == UInt8(ascii: "{")
        else { return nil }
        return try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
    }
}
