import CHDF5
import Determinism

/// What a name in a group stands for.
public enum HDF5ObjectKind: Hashable, Sendable {
    case group, dataset
    /// A named type or a link that leads nowhere.
    case other
}

/// A folder of an HDF5 file: named groups, datasets and attributes.
public struct HDF5Group: Sendable {
    public let file: HDF5File
    /// Absolute path within the file.
    public let path: String
    let handle: HDF5Handle

    init(opening path: String, in file: HDF5File) throws(HDF5Error) {
        self.file = file
        self.path = path
        let id = try HDF5Library.call(.badFile, file: file.path, object: path, "cannot be opened as a group") {
            unsafe H5Gopen2(file.handle.id, path, 0)
        }
        handle = HDF5Handle(id)
    }

    init(file: HDF5File, path: String, handle: HDF5Handle) {
        self.file = file
        self.path = path
        self.handle = handle
    }

    /// The path of a member.
    func path(of name: String) -> String { path == "/" ? "/" + name : path + "/" + name }

    /// Names of all members, sorted; runs of digits compare as numbers, so `demo_2` stands before `demo_10`.
    public func names() throws(HDF5Error) -> [String] {
        let collected = NameList()
        try HDF5Library.call(.badFile, file: file.path, object: path, "its members cannot be listed") {
            unsafe orc_h5_links(handle.id, collectName, Unmanaged.passUnretained(collected).toOpaque())
        }
        return collected.names.sorted(by: NaturalOrder.precedes)
    }

    /// What `name`, which may hold slashes, stands for; `nil` when there is nothing of that name.
    public func kind(of name: String) throws(HDF5Error) -> HDF5ObjectKind? {
        let handle = handle
        let found = HDF5Library.locked { () -> HDF5ObjectKind? in
            var prefix = ""
            for part in name.split(separator: "/") {
                prefix += prefix.isEmpty ? String(part) : "/" + part
                guard unsafe H5Lexists(handle.id, prefix, 0) > 0 else { return nil }
            }
            let object = unsafe H5Oopen(handle.id, name, 0)
            guard object >= 0 else { return .other }
            defer { H5Oclose(object) }
            switch H5Iget_type(object) {
            case H5I_GROUP: return .group
            case H5I_DATASET: return .dataset
            default: return .other
            }
        }
        return found
    }

    /// Opens a member group.
    ///
    /// - Throws: ``HDF5Error`` with the nearest names when it is missing or no group.
    public func group(_ name: String) throws(HDF5Error) -> HDF5Group {
        try require(name, .group, "a group")
        let id = try HDF5Library.call(.badFile, file: file.path, object: path(of: name), "the group cannot be opened") {
            unsafe H5Gopen2(handle.id, name, 0)
        }
        return HDF5Group(file: file, path: path(of: name), handle: HDF5Handle(id))
    }

    /// Opens a member dataset.
    ///
    /// - Throws: ``HDF5Error`` with the nearest names when it is missing or no dataset.
    public func dataset(_ name: String) throws(HDF5Error) -> HDF5Dataset {
        try require(name, .dataset, "a dataset")
        let id = try HDF5Library.call(.badFile, file: file.path, object: path(of: name), "the dataset cannot be opened")
        {
            unsafe H5Dopen2(handle.id, name, 0)
        }
        return try HDF5Dataset(file: file, path: path(of: name), handle: HDF5Handle(id))
    }

    /// Attributes of this group.
    public var attributes: HDF5Attributes { HDF5Attributes(file: file, path: path, owner: handle) }

    /// What tells this group from others of the file, whatever path leads to it.
    public func identity() throws(HDF5Error) -> HDF5Identity {
        var bytes = [UInt8](repeating: 0, count: 16)
        let id = handle.id
        try HDF5Library.call(.badFile, file: file.path, object: path, "its place in the file cannot be read") {
            unsafe orc_h5_identity(id, &bytes)
        }
        return HDF5Identity(bytes: bytes)
    }

    private func require(_ name: String, _ kind: HDF5ObjectKind, _ expected: String) throws(HDF5Error) {
        let found = try self.kind(of: name)
        guard found != kind else { return }
        switch found {
        case nil:
            throw HDF5Error(
                .missingObject, file: file.path, object: path(of: name),
                message: "expected \(expected), found nothing" + (try hint(for: name)))
        case .group:
            throw HDF5Error(
                .wrongType, file: file.path, object: path(of: name), message: "expected \(expected), found a group")
        case .dataset:
            throw HDF5Error(
                .wrongType, file: file.path, object: path(of: name), message: "expected \(expected), found a dataset")
        case .other:
            throw HDF5Error(
                .wrongType, file: file.path, object: path(of: name),
                message: "expected \(expected), found an object that cannot be opened")
        }
    }

    /// What there is instead of `name`.
    private func hint(for name: String) throws(HDF5Error) -> String {
        let names = try names()
        if names.isEmpty { return "; \(path) is empty" }
        if let nearest = NearestName.of(name, among: names, orPart: true) { return "; did you mean '\(nearest)'?" }
        let shown = names.prefix(8).map { "'\($0)'" }.joined(separator: ", ")
        return "; \(path) holds \(shown)" + (names.count > 8 ? " and \(names.count - 8) more" : "")
    }
}

/// Collects names that a C callback reports, in their order.
final class NameList {
    var names: [String] = []
}

/// The callback that appends to a ``NameList``.
func collectName(_ context: UnsafeMutableRawPointer?, _ name: UnsafePointer<CChar>?) {
    guard let context = unsafe context, let name = unsafe name else { return }
    unsafe Unmanaged<NameList>.fromOpaque(context).takeUnretainedValue().names.append(String(cString: name))
}
