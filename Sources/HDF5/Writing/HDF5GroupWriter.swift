import CHDF5

/// A folder of a file that is being written.
public struct HDF5GroupWriter: Sendable {
    private let file: String
    private let path: String
    private let handle: HDF5Handle

    /// - Parameter file: the file's path, for messages.
    init(file: String, path: String, handle: HDF5Handle) {
        self.file = file
        self.path = path
        self.handle = handle
    }

    /// Attributes of this group.
    public var attributes: HDF5AttributesWriter { HDF5AttributesWriter(file: file, path: path, owner: handle) }

    private func path(of name: String) -> String { path == "/" ? "/" + name : path + "/" + name }

    /// Creates a group; `name` is one component.
    @discardableResult
    public func createGroup(_ name: String) throws(HDF5Error) -> HDF5GroupWriter {
        let id = try HDF5Library.call(
            .writeFailed, file: file, object: path(of: name), "the group cannot be created"
        ) {
            () -> hid_t in
            let creation = H5Pcreate(orc_h5p_group_create())
            H5Pset_obj_track_times(creation, false)
            defer { orc_h5_close(creation) }
            return unsafe H5Gcreate2(handle.id, name, 0, creation, 0)
        }
        return HDF5GroupWriter(file: file, path: path(of: name), handle: HDF5Handle(id))
    }

    /// Removes a member; the room it took stays in the file.
    public func remove(_ name: String) throws(HDF5Error) {
        try HDF5Library.call(.writeFailed, file: file, object: path(of: name), "cannot be removed") {
            unsafe H5Ldelete(handle.id, name, 0)
        }
    }

    /// Writes numbers of shape `shape` as dataset `name`.
    ///
    /// - Precondition: `values` holds as many numbers as the shape says; chunks have the shape's rank.
    public func write<Value: HDF5Number>(
        _ name: String, _ values: [Value], shape: [Int], storage: HDF5Storage = .contiguous
    ) throws(HDF5Error) {
        precondition(values.count == shape.reduce(1, *), "as many values as the shape says")
        let handle = try create(name, shape: shape, storage: storage) { Value.memoryType }
        if !values.isEmpty {
            try HDF5Library.call(
                .writeFailed, file: file, object: path(of: name), "the data cannot be written; is the disk full?"
            ) {
                unsafe values.withUnsafeBytes { unsafe H5Dwrite(handle.id, Value.memoryType, 0, 0, 0, $0.baseAddress) }
            }
        }
    }

    /// Writes strings as a dataset of fixed-length bytes, padded with zeros, as wide as the longest.
    public func write(_ name: String, strings: [String]) throws(HDF5Error) {
        let width = max(1, strings.map(\.utf8.count).max() ?? 1)
        let stored = strings.flatMap { Array($0.utf8) + [UInt8](repeating: 0, count: width - $0.utf8.count) }
        let type = HDF5Handle(
            try HDF5Library.call(.writeFailed, file: file, object: path(of: name), "its type cannot be made") {
                () -> hid_t in
                let type = H5Tcopy(orc_h5t_c_s1())
                H5Tset_size(type, width)
                H5Tset_strpad(type, H5T_STR_NULLPAD)
                return type
            })
        let dataset = try create(name, shape: [strings.count], storage: .contiguous) { type.id }
        guard !stored.isEmpty else { return }
        try HDF5Library.call(
            .writeFailed, file: file, object: path(of: name), "the strings cannot be written; is the disk full?"
        ) {
            unsafe stored.withUnsafeBytes { unsafe H5Dwrite(dataset.id, type.id, 0, 0, 0, $0.baseAddress) }
        }
    }

    /// Copies a dataset of another file as `name`.
    ///
    /// Deflated chunks of bytes are checked and taken over as they are, so that the copy's bytes do not depend on this
    /// machine's compressor; other data is read and written as `Value`.
    public func copy<Value: HDF5Number>(
        _ source: HDF5Dataset, as name: String, converting type: Value.Type
    ) throws(HDF5Error) {
        guard source.hasWholeRowChunks, Value.elementType == source.element, let chunk = source.chunkShape,
            case .chunks(let chunks) = source.stored.place, chunks.allSatisfy({ $0.address != nil })
        else {
            try write(name, try source.read(Value.self), shape: source.shape)
            return
        }
        _ = try source.count()
        let reader = try ChunkReader(source, chunks, file: source.file.contents)
        let handle = try create(name, shape: source.shape, storage: .deflated(chunkShape: chunk)) { Value.memoryType }
        var scratch: [UInt8] = []
        for number in chunks.indices {
            let stored = try reader.stored(number)
            try reader.check(number, stored, scratch: &scratch)
            let offset = [hsize_t(number * chunk[0])] + [hsize_t](repeating: 0, count: source.shape.count - 1)
            let skipped = chunks[number].skippedFilters
            try HDF5Library.call(
                .writeFailed, file: file, object: path(of: name), "the data cannot be written; is the disk full?"
            ) {
                unsafe stored.withUnsafeBytes {
                    unsafe H5Dwrite_chunk(handle.id, 0, skipped, offset, $0.count, $0.baseAddress)
                }
            }
        }
    }

    private func create(
        _ name: String, shape: [Int], storage: HDF5Storage, _ type: () -> hid_t
    ) throws(HDF5Error) -> HDF5Handle {
        let id = try HDF5Library.call(
            .writeFailed, file: file, object: path(of: name), "the dataset cannot be created"
        ) {
            () -> hid_t in
            let creation = H5Pcreate(orc_h5p_dataset_create())
            defer { orc_h5_close(creation) }
            H5Pset_obj_track_times(creation, false)
            if let chunk = storage.chunkShape, !shape.contains(0) {
                precondition(chunk.count == shape.count, "a chunk has the rank of its dataset")
                guard unsafe H5Pset_chunk(creation, Int32(chunk.count), chunk.map { hsize_t($0) }) >= 0 else {
                    return -1
                }
                if let level = storage.deflateLevel { H5Pset_deflate(creation, UInt32(level)) }
            }
            let space: hid_t
            if shape.isEmpty {
                space = H5Screate(H5S_SCALAR)
            } else if let chunk = storage.chunkShape, zip(chunk, shape).contains(where: { $0 > $1 }), !shape.contains(0)
            {
                // A chunk longer than its axis is only allowed when the axis may grow.
                let limits = [orc_h5s_unlimited()] + shape.dropFirst().map { hsize_t($0) }
                space = unsafe H5Screate_simple(Int32(shape.count), shape.map { hsize_t($0) }, limits)
            } else {
                space = unsafe H5Screate_simple(Int32(shape.count), shape.map { hsize_t($0) }, nil)
            }
            defer { orc_h5_close(space) }
            return unsafe H5Dcreate2(handle.id, name, type(), space, 0, creation, 0)
        }
        return HDF5Handle(id)
    }
}
