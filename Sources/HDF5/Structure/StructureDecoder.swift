/// Reads the bytes in which `CHDF5/structure.h` describes a file.
///
/// They come from a process that a damaged file may have ruined, so no length is believed.
struct StructureDecoder {
    /// What is wrong with the bytes, and where in the file.
    struct Failure: Error {
        let object: String
        let message: String
    }

    private let bytes: [UInt8]
    private var next = 0
    private var objects: [FileStructure.Object?] = []
    private var place: [String] = []

    /// - Parameter bytes: an object, then nothing.
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// - Throws: ``Failure`` when the bytes end early or contradict themselves.
    static func structure(of bytes: [UInt8]) throws(Failure) -> FileStructure {
        var decoder = StructureDecoder(bytes)
        guard case .number(0) = try decoder.object(), decoder.next == bytes.count else { throw decoder.broken() }
        var objects: [FileStructure.Object] = []
        objects.reserveCapacity(decoder.objects.count)
        for object in decoder.objects {
            guard let object else { throw decoder.broken() }
            objects.append(object)
        }
        return FileStructure(objects: objects)
    }

    /// The texts that fill `bytes`.
    static func texts(of bytes: [UInt8]) throws(Failure) -> [String] {
        var decoder = StructureDecoder(bytes)
        var texts: [String] = []
        while decoder.next < bytes.count { texts.append(try decoder.text()) }
        return texts
    }

    // MARK: Objects

    /// What a member is.
    private enum Member {
        case number(Int)
        case unopened
        case refused(String)
    }

    private mutating func object() throws(Failure) -> Member {
        switch try byte() {
        case 0: return .unopened
        case 4: return .refused(try text())
        case 1:
            let number = Int(try word(UInt32.self))
            guard number < objects.count else { throw broken() }
            return .number(number)
        case 2:
            let number = objects.count
            objects.append(nil)
            let group = try group()
            objects[number] = .group(group)
            return .number(number)
        case 3:
            let number = objects.count
            objects.append(nil)
            let dataset = try dataset()
            objects[number] = .dataset(dataset)
            return .number(number)
        default: throw broken()
        }
    }

    private mutating func group() throws(Failure) -> FileStructure.Group {
        guard place.count <= 128 else { throw broken() }
        var group = FileStructure.Group(attributes: try attributes())
        while try byte() != 0 {
            let name = try text()
            place.append(name)
            switch try object() {
            case .number(let number): group.members[name] = .some(number)
            case .unopened: group.members[name] = .some(nil)
            case .refused(let reason):
                group.members[name] = .some(nil)
                group.refusals[name] = reason
            }
            place.removeLast()
            group.names.append(name)
        }
        group.names.sort(by: NaturalOrder.precedes)
        return group
    }

    private mutating func attributes() throws(Failure) -> [String: HDF5AttributeValue] {
        var values: [String: HDF5AttributeValue] = [:]
        while try byte() != 0 {
            let name = try text()
            switch try byte() {
            case 0: values[name] = .integers(try words(count(of: 8)))
            case 1: values[name] = .floats(try words(count(of: 8), as: UInt64.self).map { Double(bitPattern: $0) })
            case 2:
                var texts: [String] = []
                for _ in 0..<(try count(of: 4)) { texts.append(try text()) }
                values[name] = .strings(texts)
            case 3: values[name] = .other(try text())
            default: throw broken()
            }
        }
        return values
    }

    private mutating func dataset() throws(Failure) -> StoredDataset {
        let attributes = try attributes()
        let shape = try lengths(Int(byte()))
        let kind = try byte()
        let bytes = Int(truncatingIfNeeded: try word(UInt64.self))
        guard (0...1 << 31).contains(bytes) else { throw failure("its type claims elements of \(bytes) bytes") }
        let isSigned = try byte() == 1
        let isBigEndian = try byte() == 1
        let isPlain = try byte() == 1
        let word = try text()
        let element: HDF5ElementType
        switch kind {
        case 0: element = .integer(bytes: bytes, signed: isSigned)
        case 1: element = .float(bytes: bytes)
        case 2: element = .boolean
        case 3: element = .fixedString(bytes: bytes)
        case 4: element = .variableString
        case 5: element = .other(word)
        default: throw broken()
        }
        let storedBytes = Int(clamping: try self.word(UInt64.self))
        let filters: [UInt32] = try words(Int(byte()))
        let chunkShape = try byte() == 1 ? try lengths(shape.count) : nil
        let fillValue = try byte() == 1 ? Array(try slice(bytes)) : nil
        let place = try place(of: shape, chunk: chunkShape)
        if case .library = place {} else if !isPlain { throw broken() }
        return StoredDataset(
            attributes: attributes, shape: shape, element: element, isBigEndian: isBigEndian, storedBytes: storedBytes,
            filters: filters, chunkShape: chunkShape, fillValue: fillValue, place: place)
    }

    private mutating func place(of shape: [Int], chunk: [Int]?) throws(Failure) -> StoredDataset.Place {
        switch try byte() {
        case 0: return .library
        case 1: return .contiguous(address: try address())
        case 2:
            guard let chunk, !chunk.isEmpty, chunk.allSatisfy({ $0 > 0 }) else { throw broken() }
            // Fewer than two to the 48 rows and chunks that were written out: no product here overflows.
            var expected = 1
            for (length, size) in zip(shape, chunk) {
                let (product, overflow) = expected.multipliedReportingOverflow(by: (length - 1 + size) / size)
                guard !overflow else { throw broken() }
                expected = product
            }
            let count = try count(of: 20)
            guard count == expected else {
                throw failure("its shape and the number of its chunks contradict each other")
            }
            var chunks: [StoredDataset.Chunk] = []
            chunks.reserveCapacity(count)
            for _ in 0..<count {
                let address = try address()
                let bytes = Int(clamping: try word(UInt64.self))
                chunks.append(
                    StoredDataset.Chunk(address: address, bytes: bytes, skippedFilters: try word(UInt32.self)))
            }
            return .chunks(chunks)
        case 3: return .here(Array(try slice(count(of: 1))))
        default: throw broken()
        }
    }

    private mutating func address() throws(Failure) -> UInt64? {
        let address = try word(UInt64.self)
        return address == .max ? nil : address
    }

    /// The lengths of `rank` axes.
    private mutating func lengths(_ rank: Int) throws(Failure) -> [Int] {
        let lengths: [UInt64] = try words(rank)
        guard lengths.allSatisfy({ $0 < 1 << 48 }) else { throw failure("its shape \(lengths) cannot be true") }
        return lengths.map { Int($0) }
    }

    // MARK: Bytes

    private mutating func slice(_ count: Int) throws(Failure) -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytes.count - next else { throw broken() }
        defer { next += count }
        return bytes[next..<next + count]
    }

    private mutating func byte() throws(Failure) -> UInt8 {
        guard next < bytes.count else { throw broken() }
        defer { next += 1 }
        return bytes[next]
    }

    /// A number in this machine's order.
    private mutating func word<Word: FixedWidthInteger>(_ type: Word.Type = Word.self) throws(Failure) -> Word {
        let size = MemoryLayout<Word>.size
        guard size <= bytes.count - next else { throw broken() }
        let word = unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: next, as: Word.self) }
        next += size
        return word
    }

    private mutating func words<Word: FixedWidthInteger>(
        _ count: Int, as type: Word.Type = Word.self
    ) throws(Failure) -> [Word] {
        guard count <= (bytes.count - next) / MemoryLayout<Word>.size else { throw broken() }
        var words: [Word] = []
        words.reserveCapacity(count)
        for _ in 0..<count { words.append(try word()) }
        return words
    }

    /// A count of things that take at least `size` bytes each.
    private mutating func count(of size: Int) throws(Failure) -> Int {
        let count = try word(UInt64.self)
        guard count <= UInt64((bytes.count - next) / size) else { throw broken() }
        return Int(count)
    }

    private mutating func text() throws(Failure) -> String {
        String(decoding: try slice(Int(word(UInt32.self))), as: UTF8.self)
    }

    private func failure(_ message: String) -> Failure {
        Failure(object: "/" + place.joined(separator: "/"), message: message)
    }

    private func broken() -> Failure { failure("its structure contradicts itself") }
}
