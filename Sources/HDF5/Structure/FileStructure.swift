/// The groups, datasets and attributes of a file, and where the data of each dataset stands.
///
/// Objects have numbers in the order in which a walk from the root meets them; the root is 0. Several names may lead to
/// one object, also in a circle.
struct FileStructure: Sendable {
    enum Object: Sendable {
        case group(Group)
        case dataset(StoredDataset)
    }

    /// A folder of the file.
    struct Group: Sendable {
        var attributes: [String: HDF5AttributeValue] = [:]
        /// Names, sorted.
        var names: [String] = []
        /// Numbers of the objects that members are; `nil` for what cannot be opened, such as a link that leads nowhere.
        var members: [String: Int?] = [:]
        /// Why members are not opened whose links lead out of the file's folder.
        var refusals: [String: String] = [:]
    }

    let objects: [Object]

    /// The number of what `name`, which may hold slashes, leads to from group `start`: `nil` when there is nothing of that
    /// name, `.some(nil)` when it cannot be opened.
    func object(_ name: String, from start: Int) -> Int?? {
        var place = start
        let parts = name.split(separator: "/")
        for (position, part) in parts.enumerated() {
            guard case .group(let group) = objects[place], let member = group.members[String(part)] else { return nil }
            guard let number = member else { return position == parts.count - 1 ? .some(nil) : nil }
            place = number
        }
        return .some(place)
    }

    /// Why `name`, or a group on the way to it, is not opened; `nil` when nothing was refused.
    func refusal(of name: String, from start: Int) -> String? {
        var place = start
        for part in name.split(separator: "/") {
            guard case .group(let group) = objects[place] else { return nil }
            if let reason = group.refusals[String(part)] { return reason }
            guard let member = group.members[String(part)], let number = member else { return nil }
            place = number
        }
        return nil
    }
}

/// What a dataset is and where its data stands.
struct StoredDataset: Sendable {
    /// A chunk in the file.
    struct Chunk: Sendable {
        /// Where it begins; `nil` when it was never written and reads as fill values.
        let address: UInt64?
        let bytes: Int
        /// Bit `i` says that filter `i` was skipped for this chunk.
        let skippedFilters: UInt32
    }

    enum Place: Sendable {
        /// Only the library can read it.
        case library
        /// In one piece; `nil` when it was never written.
        case contiguous(address: UInt64?)
        /// In the row-major order of the grid of chunks.
        case chunks([Chunk])
        /// Within the structure.
        case here([UInt8])
    }

    var attributes: [String: HDF5AttributeValue]
    let shape: [Int]
    let element: HDF5ElementType
    let isBigEndian: Bool
    let storedBytes: Int
    /// Registered numbers of filters, in the order they were applied.
    let filters: [UInt32]
    let chunkShape: [Int]?
    /// One element, as it is stored; `nil` for zeros.
    let fillValue: [UInt8]?
    let place: Place

    /// Names of the filters; unregistered ones keep their number.
    var filterNames: [String] { filters.map(Self.name) }

    private static func name(of filter: UInt32) -> String {
        switch filter {
        case FilterPipeline.deflate: "deflate"
        case FilterPipeline.shuffle: "shuffle"
        case FilterPipeline.fletcher32: "fletcher32"
        case 4: "szip"
        case 5: "nbit"
        case 6: "scaleoffset"
        case FilterPipeline.lzf: "lzf"
        case 32001: "blosc"
        case 32004: "lz4"
        case 32015: "zstd"
        default: "filter-\(filter)"
        }
    }
}
