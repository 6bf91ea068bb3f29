import Determinism
public import Modeling

// N frames, H height, W width, C channels, P side of a patch, K codes, D = P·P·C numbers of a patch.

/// Turns pictures into codes: one for every square patch, the nearest entry of a codebook.
///
/// - Shapes: frames `[N, H, W, C]` ↔ codes `[N, ceil(H/P), ceil(W/P)]`, rows from the top.
/// - Invariant: the code is the entry with the least |c|² - 2·x·c in the fp32 chain of the numerics contract; among equals
///   the lowest index. Patches that reach over the edge repeat the last row and column; decoding crops them.
public struct VQImageTokenizer: Sendable {
    static let fileName = "image.json"
    static let codebookName = "codebook.bin"
    static let decoderName = "decoder.bin"
    public static let currentSchema = 1

    /// Side of a patch in pixels.
    public let patch: Int
    public let channels: Int
    /// `[K, D]`, row-major; a patch's rows from the top, channels interleaved; pixel p is stored as (p - 128)/128.
    public let codebook: [Float]
    /// Corrects decoded patches by their neighbours, so that no block edges show; `nil` shows plain codewords.
    public let decoder: PatchDecoder?

    /// - Throws: ``TokenizationError`` when the codebook is empty, not whole rows or not finite, or the decoder is another
    ///   codebook's.
    public init(patch: Int, channels: Int, codebook: [Float], decoder: PatchDecoder? = nil) throws {
        self.patch = patch
        self.decoder = decoder
        self.channels = channels
        self.codebook = codebook
        guard patch > 0, channels > 0, !codebook.isEmpty, codebook.count % (patch * patch * channels) == 0,
            codebook.allSatisfy(\.isFinite)
        else {
            throw TokenizationError(
                .badValue,
                "a codebook of \(codebook.count) numbers is not one of finite patches of \(patch)×\(patch)×\(channels)")
        }
        if let decoder, decoder.patch != patch || decoder.codes != codeCount || channels != 3 {
            throw TokenizationError(
                .badValue,
                "a decoder of \(decoder.codes) codes in patches of \(decoder.patch) does not belong to a codebook of \(codeCount) in patches of \(patch) with \(channels) channels"
            )
        }
    }

    /// Numbers of a patch.
    public var patchWidth: Int { patch * patch * channels }
    /// Entries of the codebook.
    public var codeCount: Int { codebook.count / patchWidth }

    /// Tokens of a frame of this size.
    public func tokenCount(height: Int, width: Int) -> Int {
        ((height + patch - 1) / patch) * ((width + patch - 1) / patch)
    }

    /// The codes of frames.
    ///
    /// - Parameter pixels: `[N, H, W, C]`.
    public func encode(_ pixels: [UInt8], height: Int, width: Int) throws -> [Int32] {
        let patches = try PatchGrid(height: height, width: width, channels: channels, patch: patch).patches(of: pixels)
        // Equal patches are searched for once.
        var different = PatchCollection(width: patchWidth)
        let places = different.add(patches)
        let codes = try CodeSearch(codebook: codebook, width: patchWidth).nearest(different.pixels)
        return places.map { codes[Int($0)] }
    }

    /// The pictures that codes stand for, `[N, H, W, C]`.
    ///
    /// - Throws: ``TokenizationError`` for codes outside the codebook or frames that are not whole.
    public func decode(_ codes: [Int32], height: Int, width: Int) throws -> [UInt8] {
        let grid = PatchGrid(height: height, width: width, channels: channels, patch: patch)
        guard codes.count % grid.count == 0 else {
            throw TokenizationError(
                .badValue,
                "\(codes.count) image codes are not whole frames of \(grid.count) (\(height)×\(width) in patches of \(patch))"
            )
        }
        if let wrong = codes.first(where: { $0 < 0 || Int($0) >= codeCount }) {
            throw TokenizationError(.badValue, "image code \(wrong) is outside 0..<\(codeCount)")
        }
        if let decoder {
            return try stride(from: 0, to: codes.count, by: grid.count).flatMap { start in
                grid.cropped(
                    try decoder.decode(
                        codes[start..<start + grid.count].map { UInt16($0) }, rows: grid.rows, columns: grid.columns))
            }
        }
        var pixels = [UInt8](repeating: 0, count: codes.count / grid.count * grid.frameBytes)
        let codePixels = codebook.map(PatchGrid.pixel)
        for (position, code) in codes.enumerated() {
            let start = Int(code) * patchWidth
            grid.place(
                codePixels[start..<start + patchWidth], at: position % grid.count, frame: position / grid.count,
                in: &pixels)
        }
        return pixels
    }

    // MARK: Files

    private struct Header: Codable {
        var schema = VQImageTokenizer.currentSchema
        var patch: Int
        var channels: Int
        var codes: Int
        var codebook: Digest
        /// Absent without a decoder.
        var decoder: Digest?
    }

    func files() throws -> TokenizerFiles {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 * codebook.count)
        for value in codebook { bytes.append(littleEndian: value.bitPattern) }
        let decoderBytes = decoder?.bytes
        let header = Header(
            patch: patch, channels: channels, codes: codeCount, codebook: Digest(of: bytes),
            decoder: decoderBytes.map { Digest(of: $0) })
        var contents = [Self.fileName: try StableJSON.encode(header), Self.codebookName: bytes]
        contents[Self.decoderName] = decoderBytes
        return TokenizerFiles(contents)
    }

    /// Writes the tokenizer into `folder`, which is created.
    public func write(to folder: String) throws { try files().write(to: folder) }

    /// Reads a tokenizer that ``write(to:)`` wrote.
    public static func read(_ folder: String) throws -> VQImageTokenizer {
        let path = folder + "/" + fileName
        let header = try StableJSON.decode(Header.self, from: path)
        guard header.schema == currentSchema else {
            throw TokenizationError(
                .damaged, "'\(path)' has schema \(header.schema); this program reads \(currentSchema)")
        }
        let bytes = try FileBytes.read(folder + "/" + codebookName)
        guard Digest(of: bytes) == header.codebook,
            bytes.count == 4 * header.codes * header.patch * header.patch * header.channels
        else {
            throw TokenizationError.damaged(
                folder + "/" + codebookName, "its SHA-256 or size is not the one in \(fileName)")
        }
        let codebook = stride(from: 0, to: bytes.count, by: 4).map { Float(bitPattern: bytes.littleEndianWord(at: $0)) }
        var decoder: PatchDecoder?
        if let digest = header.decoder {
            let bytes = try FileBytes.read(folder + "/" + decoderName)
            guard Digest(of: bytes) == digest else {
                throw TokenizationError.damaged(folder + "/" + decoderName, "its SHA-256 is not the one in \(fileName)")
            }
            decoder = try PatchDecoder(bytes: bytes)
        }
        return try VQImageTokenizer(
            patch: header.patch, channels: header.channels, codebook: codebook, decoder: decoder)
    }
}

extension VQImageTokenizer: Equatable {
    public static func == (a: VQImageTokenizer, b: VQImageTokenizer) -> Bool {
        a.patch == b.patch && a.channels == b.channels && a.codebook == b.codebook
            && a.decoder?.bytes == b.decoder?.bytes
    }
}
