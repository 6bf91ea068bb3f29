import CHDF5

/// An array of numbers or strings in an HDF5 file.
public struct HDF5Dataset: Sendable {
    public let file: HDF5File
    /// Absolute path within the file.
    public let path: String
    /// Length of each axis, slowest first; empty for a scalar.
    public let shape: [Int]
    public let element: HDF5ElementType
    /// Shape of one chunk; `nil` when the data is stored in one piece.
    public let chunkShape: [Int]?
    /// Names of the filters that chunks went through, such as `deflate`, in the order they were applied.
    public let filters: [String]
    /// Bytes it takes in the file.
    public let storedBytes: Int
    let handle: HDF5Handle

    init(file: HDF5File, path: String, handle: HDF5Handle) throws(HDF5Error) {
        self.file = file
        self.path = path
        self.handle = handle
        let space = HDF5Handle(
            try HDF5Library.call(.badFile, file: file.path, object: path, "its shape cannot be read") {
                H5Dget_space(handle.id)
            })
        let rank = Int(
            try HDF5Library.call(.badFile, file: file.path, object: path, "its shape cannot be read") {
                H5Sget_simple_extent_ndims(space.id)
            })
        var extent = [hsize_t](repeating: 0, count: rank)
        try HDF5Library.call(.badFile, file: file.path, object: path, "its shape cannot be read") {
            unsafe H5Sget_simple_extent_dims(space.id, &extent, nil)
        }
        guard extent.allSatisfy({ $0 < 1 << 48 }) else {
            throw HDF5Error(.badFile, file: file.path, object: path, message: "its shape \(extent) cannot be true")
        }
        shape = extent.map(Int.init)
        let type = HDF5Handle(
            try HDF5Library.call(.badFile, file: file.path, object: path, "its type cannot be read") {
                H5Dget_type(handle.id)
            })
        element = HDF5Library.locked { HDF5ElementType.describing(type.id) }
        let made = HDF5Handle(
            try HDF5Library.call(.badFile, file: file.path, object: path, "its storage cannot be read") {
                H5Dget_create_plist(handle.id)
            })
        (chunkShape, filters) = HDF5Library.locked { Self.storage(made.id, rank: rank) }
        storedBytes = Int(truncatingIfNeeded: HDF5Library.locked { H5Dget_storage_size(handle.id) })
    }

    /// Number of elements.
    ///
    /// - Throws: ``HDF5Error`` when the shape claims more than the file can hold.
    public func count() throws(HDF5Error) -> Int {
        var count = 1
        for length in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: length)
            guard !overflow else { throw impossible() }
            count = product
        }
        // Deflate gives at most 1032 bytes for one; what is never written reads as fill values.
        let (bytes, overflow) = count.multipliedReportingOverflow(by: max(1, element.bytes))
        guard !overflow, bytes <= max(64 << 20, file.bytes.multipliedReportingOverflow(by: 1100).partialValue) else {
            throw impossible()
        }
        return count
    }

    private func impossible() -> HDF5Error {
        HDF5Error(
            .badFile, file: file.path, object: path,
            message:
                "its shape \(shape) of \(element) is more than a file of \(file.bytes) bytes can hold; it is damaged")
    }

    /// Whether the data are bytes in deflated chunks of whole rows, which copies take over as they are.
    public var hasWholeRowChunks: Bool { ChunkLayout(self) != nil }

    /// Attributes of this dataset.
    public var attributes: HDF5Attributes { HDF5Attributes(file: file, path: path, owner: handle) }

    /// Reads all numbers, converted to `Value` where they are stored otherwise.
    public func read<Value: HDF5Number>(_ type: Value.Type = Value.self) throws(HDF5Error) -> [Value] {
        guard let length = shape.first else { return try readRows(0..<1) }
        return try readRows(0..<length)
    }

    /// Reads rows (indices of the first axis), converted to `Value` where they are stored otherwise.
    ///
    /// - Precondition: `rows` lies within the first axis.
    /// - Throws: ``HDF5Error`` when the elements are no numbers or the data is damaged.
    public func read<Value: HDF5Number>(_ type: Value.Type = Value.self, rows: Range<Int>) throws(HDF5Error) -> [Value]
    {
        precondition(
            !shape.isEmpty && rows.lowerBound >= 0 && rows.upperBound <= shape[0], "rows within the first axis")
        return try readRows(rows)
    }

    private func readRows<Value: HDF5Number>(_ rows: Range<Int>) throws(HDF5Error) -> [Value] {
        guard element.isNumeric else {
            throw HDF5Error(
                .wrongType, file: file.path, object: path,
                message: "expected numbers, found elements of type \(element)")
        }
        _ = try count()
        let rowCount = shape.dropFirst().reduce(1, *)
        let length = rows.count * rowCount
        // Zeros of any number are zero bytes. `Array(repeating:)`, which does not know the type here, sets them one by one, and took
        // two fifths of the time of reading compressed frames.
        var values = unsafe [Value](unsafeUninitializedCapacity: length) { buffer, initialized in
            unsafe UnsafeMutableRawBufferPointer(buffer).initializeMemory(as: UInt8.self, repeating: 0)
            initialized = length
        }
        guard !values.isEmpty else { return values }
        if Value.elementType == element, MemoryLayout<Value>.size == 1, let layout = ChunkLayout(self) {
            try layout.read(rows, into: &values)
        } else {
            try readThroughLibrary(rows, into: &values)
        }
        return values
    }

    /// Lets the library gather, inflate and convert.
    func readThroughLibrary<Value: HDF5Number>(_ rows: Range<Int>, into values: inout [Value]) throws(HDF5Error) {
        let handle = handle
        let shape = shape
        try HDF5Library.call(.badFile, file: file.path, object: path, "its data cannot be read; the file is damaged") {
            let memoryType = Value.memoryType
            return unsafe values.withUnsafeMutableBytes { buffer -> herr_t in
                guard !shape.isEmpty && rows.count < shape[0] else {
                    return unsafe H5Dread(handle.id, memoryType, 0, 0, 0, buffer.baseAddress)
                }
                let start = [hsize_t(rows.lowerBound)] + [hsize_t](repeating: 0, count: shape.count - 1)
                let extent = [hsize_t(rows.count)] + shape.dropFirst().map { hsize_t($0) }
                let space = H5Dget_space(handle.id)
                defer { H5Sclose(space) }
                let memory = unsafe H5Screate_simple(Int32(extent.count), extent, nil)
                defer { H5Sclose(memory) }
                guard unsafe H5Sselect_hyperslab(space, H5S_SELECT_SET, start, nil, extent, nil) >= 0 else { return -1 }
                return unsafe H5Dread(handle.id, memoryType, memory, space, 0, buffer.baseAddress)
            }
        }
    }

    /// Reads all strings, padding removed.
    ///
    /// - Throws: ``HDF5Error`` when the elements are no strings or the data is damaged.
    public func readStrings() throws(HDF5Error) -> [String] {
        let count = try count()
        let type = HDF5Handle(
            try HDF5Library.call(.badFile, file: file.path, object: path, "its type cannot be read") {
                H5Dget_type(handle.id)
            })
        switch element {
        case .fixedString(let bytes):
            var stored = [UInt8](repeating: 0, count: count * bytes)
            guard !stored.isEmpty else { return [] }
            try HDF5Library.call(
                .badFile, file: file.path, object: path, "its data cannot be read; the file is damaged"
            ) {
                unsafe stored.withUnsafeMutableBytes { unsafe H5Dread(handle.id, type.id, 0, 0, 0, $0.baseAddress) }
            }
            return HDF5Strings.split(stored, width: bytes)
        case .variableString:
            let space = HDF5Handle(
                try HDF5Library.call(.badFile, file: file.path, object: path, "its shape cannot be read") {
                    H5Dget_space(handle.id)
                })
            return unsafe try HDF5Strings.variable(count, type: type, space: space, file: file.path, object: path) {
                memory in
                unsafe H5Dread(handle.id, type.id, 0, 0, 0, memory)
            }
        default:
            throw HDF5Error(
                .wrongType, file: file.path, object: path,
                message: "expected strings, found elements of type \(element)")
        }
    }

    /// Chunk shape and filter names of creation properties; to be called under the library's lock.
    private static func storage(_ properties: hid_t, rank: Int) -> ([Int]?, [String]) {
        guard H5Pget_layout(properties) == H5D_CHUNKED else { return (nil, []) }
        var chunk = [hsize_t](repeating: 0, count: rank)
        guard unsafe H5Pget_chunk(properties, Int32(rank), &chunk) == rank else { return (nil, []) }
        var filters: [String] = []
        for position in 0..<max(0, H5Pget_nfilters(properties)) {
            var flags: UInt32 = 0
            var parameters = 0
            let filter = unsafe H5Pget_filter2(properties, UInt32(position), &flags, &parameters, nil, 0, nil, nil)
            switch filter {
            case 1: filters.append("deflate")
            case 2: filters.append("shuffle")
            case 3: filters.append("fletcher32")
            case 4: filters.append("szip")
            case 5: filters.append("nbit")
            case 6: filters.append("scaleoffset")
            case 32000: filters.append("lzf")
            case 32001: filters.append("blosc")
            case 32004: filters.append("lz4")
            case 32015: filters.append("zstd")
            default: filters.append("filter-\(filter)")
            }
        }
        return (chunk.map { Int(truncatingIfNeeded: $0) }, filters)
    }
}
