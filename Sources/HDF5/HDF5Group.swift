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
    /// Its number in the file's structure.
    let number: Int
    let stored: FileStructure.Group

    /// The path of a member.
    func path(of name: String) -> String { path == "/" ? "/" + name : path + "/" + name }

    /// Names of all members, sorted; runs of digits compare as numbers, so `demo_2` stands before `demo_10`.
    public var names: [String] { stored.names }

    /// Attributes of this group.
    public var attributes: HDF5Attributes { HDF5Attributes(values: stored.attributes) }

    /// What tells this group from others of the file, whatever path leads to it.
    public var identity: HDF5Identity { HDF5Identity(number: number) }

    /// What `name`, which may hold slashes, stands for; `nil` when there is nothing of that name.
    public func kind(of name: String) -> HDF5ObjectKind? {
        guard let found = file.structure.object(name, from: number) else { return nil }
        guard let number = found else { return .other }
        switch file.structure.objects[number] {
        case .group: return .group
        case .dataset: return .dataset
        }
    }

    /// Opens a member group.
    ///
    /// - Throws: ``HDF5Error`` with the nearest names when it is missing or no group.
    public func group(_ name: String) throws(HDF5Error) -> HDF5Group {
        guard let found = file.structure.object(name, from: number), let number = found,
            case .group(let group) = file.structure.objects[number]
        else { throw missing(name, expected: "a group") }
        return HDF5Group(file: file, path: path(of: name), number: number, stored: group)
    }

    /// Opens a member dataset.
    ///
    /// - Throws: ``HDF5Error`` with the nearest names when it is missing or no dataset.
    public func dataset(_ name: String) throws(HDF5Error) -> HDF5Dataset {
        guard let found = file.structure.object(name, from: number), let number = found,
            case .dataset(let dataset) = file.structure.objects[number]
        else { throw missing(name, expected: "a dataset") }
        return HDF5Dataset(file: file, path: path(of: name), stored: dataset)
    }

    /// Why `name` is not opened although it is there: its link or its data lead out of the file's folder.
    public func refusal(of name: String) -> String? { file.structure.refusal(of: name, from: number) }

    private func missing(_ name: String, expected: String) -> HDF5Error {
        if let reason = refusal(of: name) {
            return HDF5Error(
                .badFile, file: file.path, object: path(of: name), message: "expected \(expected), found \(reason)")
        }
        let found: String
        switch kind(of: name) {
        case nil:
            return HDF5Error(
                .missingObject, file: file.path, object: path(of: name),
                message: "expected \(expected), found nothing" + hint(for: name))
        case .group: found = "a group"
        case .dataset: found = "a dataset"
        case .other: found = "an object that cannot be opened"
        }
        return HDF5Error(
            .wrongType, file: file.path, object: path(of: name), message: "expected \(expected), found \(found)")
    }

    /// What there is instead of `name`.
    private func hint(for name: String) -> String {
        if names.isEmpty { return "; \(path) is empty" }
        if let nearest = NearestName.of(name, among: names, orPart: true) { return "; did you mean '\(nearest)'?" }
        let shown = names.prefix(8).map { "'\($0)'" }.joined(separator: ", ")
        return "; \(path) holds \(shown)" + (names.count > 8 ? " and \(names.count - 8) more" : "")
    }
}

/// What two paths share that lead to one object: walkers use it to notice links that run in a circle.
public struct HDF5Identity: Hashable, Sendable {
    let number: Int
}
