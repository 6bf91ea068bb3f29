import Foundation

/// An HDF5 file, open for reading.
public final class HDF5File: Sendable {
    /// Path as given.
    public let path: String
    /// Where it comes from.
    let origin: Origin
    let contents: FileBytes
    let structure: FileStructure
    let expandedChunks = ChunkCache()

    /// Where a file comes from, which decides how much it is trusted.
    public enum Origin: Sendable {
        /// From anywhere: the C library, whose readers of old format versions can crash on damaged files, only meets it in
        /// a child process.
        case outside
        /// Written by this project and checked by digest since.
        case ourselves
    }

    /// Opens a file for reading.
    ///
    /// - Throws: ``HDF5Error`` when the file is missing, no HDF5 file, cut short or damaged.
    public init(reading path: String, from origin: Origin = .outside) throws(HDF5Error) {
        self.path = path
        self.origin = origin
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw HDF5Error(
                .missingFile, file: path, message: "there is no such file; relative paths start at the project folder")
        }
        guard !isFolder.boolValue else {
            throw HDF5Error(.badFile, file: path, message: "expected an HDF5 file, found a folder")
        }
        contents = try FileBytes(path)
        try Self.inspectStart(of: contents)
        structure = try StructureReader.structure(of: path, contents.identity, from: origin)
        guard case .group = structure.objects.first else {
            throw HDF5Error(.badFile, file: path, message: "its root is no group; the file is damaged")
        }
    }

    /// The group `/`.
    public var root: HDF5Group {
        guard case .group(let group) = structure.objects[0] else { preconditionFailure("checked when it was opened") }
        return HDF5Group(file: self, path: "/", number: 0, stored: group)
    }

    /// Bytes of the file.
    var size: Int { contents.identity.bytes }

    /// The most bytes that data of this file can have: deflate gives at most 1032 for one, and what is never written reads
    /// as fill values.
    var plausibleBytes: Int {
        let (bytes, overflow) = size.multipliedReportingOverflow(by: 1100)
        return overflow ? .max : max(64 << 20, bytes)
    }

    private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

    /// Looks at the first bytes for the mistakes people make.
    private static func inspectStart(of file: FileBytes) throws(HDF5Error) {
        let size = file.identity.bytes
        let start = try file.bytes(at: 0, count: min(size, 2048), object: "")
        // The signature stands at 0, or at 512, 1024… behind a user block.
        for offset in [0, 512, 1024] where start.dropFirst(offset).starts(with: signature) {
            return
        }
        throw HDF5Error(
            .badFile, file: file.path, message: "expected an HDF5 file, found \(kind(of: start, size: size))")
    }

    /// A phrase for what a file is instead of HDF5.
    private static func kind(of start: [UInt8], size: Int) -> String {
        if start.isEmpty { return "an empty file" }
        let text = String(decoding: start.prefix(200), as: UTF8.self)
        if text.hasPrefix("version https://git-lfs") {
            return "a Git LFS pointer in its place; fetch the data with 'git lfs pull'"
        }
        if start.prefix(512).allSatisfy({ $0 == 0 }) { return "\(size) bytes that begin with zeros" }
        if start.starts(with: [0x1F, 0x8B]) { return "a gzip archive; unpack it first" }
        if start.starts(with: Array("PK".utf8)) { return "a zip archive; unpack it first" }
        if start.starts(with: [0x89, 0x48]) { return "an HDF5 signature that is cut short or damaged" }
        if start.allSatisfy({ ($0 >= 32 && $0 < 127) || $0 == 9 || $0 == 10 || $0 == 13 || $0 >= 128 }) {
            let line = text.split(whereSeparator: \.isNewline).first.map { String($0.prefix(40)) } ?? ""
            return "text that begins with '\(line)'"
        }
        return "\(size) bytes of another format"
    }
}
