import CHDF5
import Foundation

/// An HDF5 file, open for reading or being written; closed when the last of it and its objects goes.
public final class HDF5File: Sendable {
    /// Path as given.
    public let path: String
    let handle: HDF5Handle
    /// Size when it was opened, in bytes.
    let bytes: Int

    /// Where a file comes from, which decides how much it is trusted.
    public enum Origin: Sendable {
        /// From anywhere: its structure is first read in a child process, because the C library's readers of old format
        /// versions can crash on damaged ones.
        case outside
        /// Written by this project and checked by digest since.
        case ourselves
    }

    /// Opens a file for reading.
    ///
    /// - Throws: ``HDF5Error`` when the file is missing, no HDF5 file, cut short or damaged.
    public init(reading path: String, from origin: Origin = .outside) throws(HDF5Error) {
        self.path = path
        bytes = try Self.inspectStart(of: path)
        if origin == .outside { try HDF5Probe.examine(path) }
        let id = try HDF5Library.call(
            .badFile, file: path, object: "", "cannot be opened as HDF5; it is cut short or damaged"
        ) {
            () -> hid_t in
            let properties = orc_h5_reading_properties()
            defer { orc_h5_close_properties(properties) }
            return unsafe H5Fopen(path, orc_h5f_acc_rdonly(), properties)
        }
        handle = HDF5Handle(id)
    }

    /// Creates a file, replacing an existing one.
    ///
    /// No times are recorded in it: equal contents written in equal order are equal bytes.
    public init(creating path: String) throws(HDF5Error) {
        self.path = path
        bytes = 0
        let id = try HDF5Library.call(.cannotCreate, file: path, object: "", "cannot be created") { () -> hid_t in
            let access = orc_h5_writing_properties()
            let creation = H5Pcreate(orc_h5p_file_create())
            H5Pset_obj_track_times(creation, false)
            defer {
                orc_h5_close_properties(access)
                orc_h5_close_properties(creation)
            }
            return unsafe H5Fcreate(path, orc_h5f_acc_trunc(), creation, access)
        }
        handle = HDF5Handle(id)
    }

    /// The group `/`.
    public var root: HDF5Group {
        get throws(HDF5Error) { try HDF5Group(opening: "/", in: self) }
    }

    /// Writes everything that is still in memory to the file.
    public func flush() throws(HDF5Error) {
        try HDF5Library.call(.writeFailed, file: path, object: "", "cannot be written; is the disk full?") {
            H5Fflush(handle.id, H5F_SCOPE_GLOBAL)
        }
    }

    private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

    /// Looks at the first bytes for the mistakes people make, and returns the file's size.
    private static func inspectStart(of path: String) throws(HDF5Error) -> Int {
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw HDF5Error(
                .missingFile, file: path, message: "there is no such file; relative paths start at the project folder")
        }
        guard !isFolder.boolValue else {
            throw HDF5Error(.badFile, file: path, message: "expected an HDF5 file, found a folder")
        }
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw HDF5Error(.missingFile, file: path, message: "cannot be opened; check its permissions")
        }
        defer { try? file.close() }
        let size: Int
        let start: [UInt8]
        do {
            start = Array(try file.read(upToCount: 2048) ?? Data())
            size = Int(try file.seekToEnd())
        } catch {
            throw HDF5Error(.badFile, file: path, message: "cannot be read: \(error)")
        }
        // The signature stands at 0, or at 512, 1024… behind a user block.
        for offset in [0, 512, 1024] where start.dropFirst(offset).starts(with: signature) {
            return size
        }
        throw HDF5Error(.badFile, file: path, message: "expected an HDF5 file, found \(kind(of: start, size: size))")
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
