import CHDF5

/// How a dataset is laid out in the file.
public struct HDF5Storage: Hashable, Sendable {
    /// Shape of one chunk; `nil` stores the data in one piece.
    public var chunkShape: [Int]?
    /// Deflate level 1 to 9, for chunks only; `nil` for no compression.
    public var deflateLevel: Int?

    public init(chunkShape: [Int]?, deflateLevel: Int?) {
        self.chunkShape = chunkShape
        self.deflateLevel = deflateLevel
    }

    /// In one piece.
    public static let contiguous = HDF5Storage(chunkShape: nil, deflateLevel: nil)

    /// Chunks of this shape, deflated at a level that is part of the format this project writes.
    public static func deflated(chunkShape: [Int]) -> HDF5Storage {
        HDF5Storage(chunkShape: chunkShape, deflateLevel: 4)
    }
}

extension HDF5Group {
    /// Creates a group; `name` is one component.
    @discardableResult
    public func createGroup(_ name: String) throws(HDF5Error) -> HDF5Group {
        let id = try HDF5Library.call(
            .writeFailed, file: file.path, object: path(of: name), "the group cannot be created"
        ) {
            () -> hid_t in
            let creation = H5Pcreate(orc_h5p_group_create())
            H5Pset_obj_track_times(creation, false)
            defer { orc_h5_close_properties(creation) }
            return unsafe H5Gcreate2(handle.id, name, 0, creation, 0)
        }
        return HDF5Group(file: file, path: path(of: name), handle: HDF5Handle(id))
    }

    /// Writes numbers of shape `shape` as dataset `name`.
    ///
    /// - Precondition: `values` holds as many numbers as the shape says; chunks have the shape's rank.
    @discardableResult
    public func write<Value: HDF5Number>(
        _ name: String, _ values: [Value], shape: [Int], storage: HDF5Storage = .contiguous
    ) throws(HDF5Error) -> HDF5Dataset {
        precondition(values.count == shape.reduce(1, *), "as many values as the shape says")
        let handle = try create(name, shape: shape, storage: storage) { Value.memoryType }
        if !values.isEmpty {
            try HDF5Library.call(
                .writeFailed, file: file.path, object: path(of: name), "the data cannot be written; is the disk full?"
            ) {
                unsafe values.withUnsafeBytes { unsafe H5Dwrite(handle.id, Value.memoryType, 0, 0, 0, $0.baseAddress) }
            }
        }
        return try HDF5Dataset(file: file, path: path(of: name), handle: handle)
    }

    /// Writes strings as a dataset of fixed-length bytes, padded with zeros, as wide as the longest.
    public func write(_ name: String, strings: [String]) throws(HDF5Error) {
        let width = max(1, strings.map(\.utf8.count).max() ?? 1)
        let stored = strings.flatMap { Array($0.utf8) + [UInt8](repeating: 0, count: width - $0.utf8.count) }
        let type = HDF5Handle(
            try HDF5Library.call(.writeFailed, file: file.path, object: path(of: name), "its type cannot be made") {
                () -> hid_t in
                let type = H5Tcopy(orc_h5t_c_s1())
                H5Tset_size(type, width)
                H5Tset_strpad(type, H5T_STR_NULLPAD)
                return type
            })
        let dataset = try create(name, shape: [strings.count], storage: .contiguous) { type.id }
        guard !stored.isEmpty else { return }
        try HDF5Library.call(
            .writeFailed, file: file.path, object: path(of: name), "the strings cannot be written; is the disk full?"
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
        guard let layout = ChunkLayout(source), Value.elementType == source.element, let chunk = source.chunkShape,
            try layout.isComplete()
        else {
            let values = try source.read(Value.self)
            try write(name, values, shape: source.shape, storage: .contiguous)
            return
        }
        _ = try source.count()
        let handle = try create(name, shape: source.shape, storage: .deflated(chunkShape: chunk)) { Value.memoryType }
        var scratch: [UInt8] = []
        for row in stride(from: 0, to: source.shape[0], by: layout.chunkRows) {
            let stored = try layout.stored(at: row)
            guard layout.isSound(stored, scratch: &scratch) else {
                throw layout.damaged(row, "its compressed data is damaged")
            }
            let bytes: [UInt8]
            let skipped: UInt32
            switch stored {
            case .absent: continue
            case .plain(let plain): (bytes, skipped) = (plain, 1)
            case .deflated(let deflated): (bytes, skipped) = (deflated, 0)
            }
            let offset = [hsize_t(row)] + [hsize_t](repeating: 0, count: source.shape.count - 1)
            try HDF5Library.call(
                .writeFailed, file: file.path, object: path(of: name), "the data cannot be written; is the disk full?"
            ) {
                unsafe bytes.withUnsafeBytes {
                    unsafe H5Dwrite_chunk(handle.id, 0, skipped, offset, $0.count, $0.baseAddress)
                }
            }
        }
    }

    private func create(
        _ name: String, shape: [Int], storage: HDF5Storage, _ type: () -> hid_t
    ) throws(HDF5Error) -> HDF5Handle {
        let id = try HDF5Library.call(
            .writeFailed, file: file.path, object: path(of: name), "the dataset cannot be created"
        ) {
            () -> hid_t in
            let creation = H5Pcreate(orc_h5p_dataset_create())
            defer { orc_h5_close_properties(creation) }
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
            defer { H5Sclose(space) }
            return unsafe H5Dcreate2(handle.id, name, type(), space, 0, creation, 0)
        }
        return HDF5Handle(id)
    }
}

extension HDF5Attributes {
    /// Writes a scalar integer.
    public func set(_ name: String, _ value: Int) throws(HDF5Error) {
        var stored = Int64(value)
        try set(name, type: { orc_h5t_int64() }) { unsafe H5Awrite($0, orc_h5t_int64(), &stored) }
    }

    /// Writes a scalar fp64 number.
    public func set(_ name: String, _ value: Double) throws(HDF5Error) {
        var stored = value
        try set(name, type: { orc_h5t_double() }) { unsafe H5Awrite($0, orc_h5t_double(), &stored) }
    }

    /// Writes text as a variable-length UTF-8 string, as h5py does.
    public func set(_ name: String, _ value: String) throws(HDF5Error) {
        let type = HDF5Handle(
            try HDF5Library.call(.writeFailed, file: file.path, object: path + "@" + name, "its type cannot be made") {
                () -> hid_t in
                let type = H5Tcopy(orc_h5t_c_s1())
                H5Tset_size(type, orc_h5t_variable())
                H5Tset_cset(type, H5T_CSET_UTF8)
                return type
            })
        try set(name, type: { type.id }) { attribute in
            unsafe value.withCString { text in
                var pointer: UnsafePointer<CChar>? = unsafe text
                return unsafe H5Awrite(attribute, type.id, &pointer)
            }
        }
    }

    private func set(_ name: String, type: () -> hid_t, _ write: (hid_t) -> herr_t) throws(HDF5Error) {
        try HDF5Library.call(
            .writeFailed, file: file.path, object: path + "@" + name, "the attribute cannot be written"
        ) {
            () -> herr_t in
            let space = H5Screate(H5S_SCALAR)
            defer { H5Sclose(space) }
            let attribute = unsafe H5Acreate2(owner.id, name, type(), space, 0, 0)
            guard attribute >= 0 else { return -1 }
            defer { H5Aclose(attribute) }
            return write(attribute)
        }
    }
}
