import CHDF5

/// An array of numbers or strings in an HDF5 file.
public struct HDF5Dataset: Sendable {
    public let file: HDF5File
    /// Absolute path within the file.
    public let path: String
    let stored: StoredDataset

    /// Length of each axis, slowest first; empty for a scalar.
    public var shape: [Int] { stored.shape }
    public var element: HDF5ElementType { stored.element }
    /// Shape of one chunk; `nil` when the data is stored in one piece.
    public var chunkShape: [Int]? { stored.chunkShape }
    /// Names of the filters that chunks went through, such as `deflate`, in the order they were applied.
    public var filters: [String] { stored.filterNames }
    /// Bytes it takes in the file.
    public var storedBytes: Int { stored.storedBytes }
    /// Attributes of this dataset.
    public var attributes: HDF5Attributes { HDF5Attributes(values: stored.attributes) }

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
        let (bytes, overflow) = count.multipliedReportingOverflow(by: max(1, element.bytes))
        guard !overflow, bytes <= file.plausibleBytes else { throw impossible() }
        return count
    }

    private func impossible() -> HDF5Error {
        HDF5Error(
            .badFile, file: file.path, object: path,
            message:
                "its shape \(shape) of \(element) is more than a file of \(file.size) bytes can hold; it is damaged")
    }

    /// Whether the data are bytes in deflated chunks of whole rows, which copies take over as they are.
    public var hasWholeRowChunks: Bool {
        guard stored.filters == [FilterPipeline.deflate], element == .integer(bytes: 1, signed: false),
            case .chunks = stored.place, let chunk = chunkShape
        else { return false }
        return chunk.dropFirst().elementsEqual(shape.dropFirst())
    }

    // MARK: Numbers

    /// Reads all numbers, converted to `Value` where they are stored otherwise.
    public func read<Value: HDF5Number>(_ type: Value.Type = Value.self) throws(HDF5Error) -> [Value] {
        try numbers(0..<(shape.first ?? 1))
    }

    /// Reads rows (indices of the first axis), converted to `Value` where they are stored otherwise.
    ///
    /// - Precondition: `rows` lies within the first axis.
    /// - Throws: ``HDF5Error`` when the elements are no numbers or the data is damaged.
    public func read<Value: HDF5Number>(_ type: Value.Type = Value.self, rows: Range<Int>) throws(HDF5Error) -> [Value]
    {
        precondition(
            !shape.isEmpty && rows.lowerBound >= 0 && rows.upperBound <= shape[0], "rows within the first axis")
        return try numbers(rows)
    }

    private func numbers<Value: HDF5Number>(_ rows: Range<Int>) throws(HDF5Error) -> [Value] {
        guard element.isNumeric else {
            throw HDF5Error(
                .wrongType, file: file.path, object: path,
                message: "expected numbers, found elements of type \(element)")
        }
        _ = try count()
        let length = shape.dropFirst().reduce(rows.count, *)
        guard length > 0 else { return [] }
        var values = Self.zeros(Value.self, length)
        if case .library = stored.place {
            try unsafe Self.fill(&values) { bytes throws(HDF5Error) in
                try unsafe LibraryValues(dataset: self).read(rows, as: { Value.memoryType }, into: bytes)
            }
        } else if Value.elementType == element && (!stored.isBigEndian || element.bytes == 1) {
            try unsafe Self.fill(&values) { bytes throws(HDF5Error) in try unsafe self.fetch(rows, into: bytes) }
        } else {
            let bytes = try rawRows(rows, count: length)
            unsafe bytes.withUnsafeBytes {
                unsafe NumberConversion.convert($0, element, isBigEndian: stored.isBigEndian, into: &values)
            }
        }
        return values
    }

    // MARK: Strings

    /// Reads all strings, padding removed.
    ///
    /// - Throws: ``HDF5Error`` when the elements are no strings or the data is damaged.
    public func readStrings() throws(HDF5Error) -> [String] {
        let count = try count()
        guard count > 0 else { return [] }
        switch element {
        case .fixedString(let width):
            return HDF5Strings.split(try rawRows(0..<(shape.first ?? 1), count: count), width: width)
        case .variableString:
            return try LibraryValues(dataset: self).strings()
        default:
            throw HDF5Error(
                .wrongType, file: file.path, object: path,
                message: "expected strings, found elements of type \(element)")
        }
    }

    // MARK: Bytes

    /// The bytes of `count` elements, the rows `rows`, as they are stored.
    private func rawRows(_ rows: Range<Int>, count: Int) throws(HDF5Error) -> [UInt8] {
        var bytes = Self.zeros(UInt8.self, count * element.bytes)
        guard !bytes.isEmpty else { return bytes }
        try unsafe Self.fill(&bytes) { bytes throws(HDF5Error) in try unsafe self.fetch(rows, into: bytes) }
        return bytes
    }

    /// Fills `buffer` with the rows as they are stored, unfiltered.
    private func fetch(_ rows: Range<Int>, into buffer: UnsafeMutableRawBufferPointer) throws(HDF5Error) {
        let rowBytes = shape.dropFirst().reduce(element.bytes, *)
        switch stored.place {
        case .library:
            try unsafe LibraryValues(dataset: self).read(rows, as: { 0 }, into: buffer)
        case .contiguous(let address?):
            let (start, overflow) = address.addingReportingOverflow(UInt64(rows.lowerBound * rowBytes))
            try unsafe file.contents.read(at: overflow ? .max : start, into: buffer, object: path)
        case .contiguous(nil):
            unsafe FillValue.write(stored.fillValue, into: buffer)
        case .chunks(let chunks):
            try unsafe ChunkReader(self, chunks, file: file.contents).read(rows, into: buffer)
        case .here(let bytes):
            let start = rows.lowerBound * rowBytes
            guard bytes.count - start >= buffer.count else {
                throw HDF5Error(.badFile, file: file.path, object: path, message: "it ends early; the file is damaged")
            }
            unsafe buffer.copyBytes(from: bytes[start..<start + buffer.count])
        }
    }

    /// Zeros of any number, which are zero bytes.
    ///
    /// `Array(repeating:)`, which does not know the type here, sets them one by one, and took two fifths of the time of
    /// reading compressed frames.
    private static func zeros<Value: HDF5Number>(_ type: Value.Type, _ count: Int) -> [Value] {
        unsafe [Value](unsafeUninitializedCapacity: count) { buffer, initialized in
            unsafe UnsafeMutableRawBufferPointer(buffer).initializeMemory(as: UInt8.self, repeating: 0)
            initialized = count
        }
    }

    /// Lets `body` fill the bytes of `values`, and hands its error through.
    private static func fill<Value: HDF5Number>(
        _ values: inout [Value], _ body: (UnsafeMutableRawBufferPointer) throws(HDF5Error) -> Void
    ) throws(HDF5Error) {
        var failure: HDF5Error?
        unsafe values.withUnsafeMutableBytes { bytes in
            do throws(HDF5Error) { try unsafe body(bytes) } catch { failure = error }
        }
        if let failure { throw failure }
    }
}
