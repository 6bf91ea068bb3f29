import Determinism

/// One record of a pack: a small artifact with its bytes, or a plan key that shares the outputs of another.
///
/// Layout, in little-endian words: magic and total length (4 + 4 bytes), kind (8), key (32), content key or target (32), manifest
/// length and payload length (4 + 4), manifest, payload, padding to 8, checksum (8) of all before it. Records start at multiples of 8, so
/// that after damage the next whole record is found again.
struct PackRecord {
    enum Kind: UInt64 {
        case artifact = 1
        case alias = 2
    }

    static let magic: UInt32 = 0x314B_504F  // "OPK1"
    static let headerBytes = 88
    /// Of a pack: magic text and schema.
    static let fileHeader: [UInt8] = Array("orcpack\n".utf8) + [UInt8(LedgerSchema.artifact), 0, 0, 0, 0, 0, 0, 0]

    let kind: Kind
    let key: Digest
    /// The content key of an artifact, the key of the artifact an alias stands for.
    let second: Digest
    /// Offset of the record in its file.
    let offset: Int
    let length: Int

    /// Appends a record.
    ///
    /// - Returns: the record, with its offset in `writer`.
    static func write(
        _ kind: Kind, key: Digest, second: Digest, manifest: ArtifactManifest?, payload: [[UInt8]],
        to writer: inout BinaryWriter
    ) -> PackRecord {
        let start = writer.count
        writer.append(magic)
        writer.append(UInt32(0))
        writer.append(kind.rawValue)
        writer.append(key)
        writer.append(second)
        writer.append(UInt32(0))
        writer.append(UInt32(payload.reduce(0) { $0 + $1.count }))
        let manifestStart = writer.count
        manifest?.write(to: &writer)
        writer.patch(UInt32(writer.count - manifestStart), at: start + 80)
        for bytes in payload { writer.append(raw: bytes) }
        writer.pad(to: 8)
        writer.patch(UInt32(writer.count - start + 8), at: start + 4)
        writer.append(writer.withBytes(from: start, checksum))
        return PackRecord(kind: kind, key: key, second: second, offset: start, length: writer.count - start)
    }

    private init(kind: Kind, key: Digest, second: Digest, offset: Int, length: Int) {
        self.kind = kind
        self.key = key
        self.second = second
        self.offset = offset
        self.length = length
    }

    /// The same record with `distance` bytes more before it.
    func moved(by distance: Int) -> PackRecord {
        PackRecord(kind: kind, key: key, second: second, offset: offset + distance, length: length)
    }

    /// The record at `offset` of `bytes`, which start at `base` in the file; `nil` when there is no whole one.
    init?(_ bytes: UnsafeRawBufferPointer, at offset: Int, base: Int) {
        guard offset + Self.headerBytes + 8 <= bytes.count,
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) == Self.magic
        else { return nil }
        length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)))
        guard length % 8 == 0, length >= Self.headerBytes + 8, length <= bytes.count - offset else { return nil }
        func word(_ place: Int) -> UInt64 {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + place, as: UInt64.self))
        }
        let body = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length - 8])
        guard word(length - 8) == Self.checksum(body), let kind = Kind(rawValue: word(8)) else { return nil }
        self.kind = kind
        func digest(_ place: Int) -> Digest {
            Digest(
                words: (
                    word(place).byteSwapped, word(place + 8).byteSwapped, word(place + 16).byteSwapped,
                    word(place + 24).byteSwapped
                ))
        }
        key = digest(16)
        second = digest(48)
        self.offset = base + offset
    }

    /// Splits the bytes of one whole artifact record.
    ///
    /// - Throws: ``BinaryReader/Malformed`` when lengths do not fit.
    static func open(_ record: [UInt8]) throws -> (manifest: ArtifactManifest, payload: ArraySlice<UInt8>) {
        var lengths = BinaryReader(record[80..<88])
        let manifestBytes = Int(try lengths.word32())
        let payloadBytes = Int(try lengths.word32())
        let payloadStart = headerBytes + manifestBytes
        guard payloadStart + payloadBytes + 8 <= record.count else { throw BinaryReader.Malformed() }
        var reader = BinaryReader(record[headerBytes..<payloadStart])
        return (try ArtifactManifest(from: &reader), record[payloadStart..<payloadStart + payloadBytes])
    }

    /// A checksum against torn and rotten bytes, not against malice: four lanes of multiply and rotate.
    ///
    /// - Precondition: a multiple of 8 bytes.
    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        let prime: UInt64 = 0x9E37_79B9_7F4A_7C15
        var hash = UInt64(bytes.count) &* prime
        for place in stride(from: 0, to: bytes.count, by: 8) {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            let mixed = (hash ^ word) &* 0xD6E8_FEB8_6659_FD93
            hash = (mixed << 29 | mixed >> 35) &+ prime
        }
        return hash ^ hash >> 32
    }
}
