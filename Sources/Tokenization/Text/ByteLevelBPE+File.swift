import Foundation

extension ByteLevelBPE {
    /// The `tokenizer.json` of the `tokenizers` package, as far as a byte-level BPE needs it.
    private struct File: Codable {
        struct AddedToken: Codable {
            var id: Int32
            var content: String
            var single_word = false
            var lstrip = false
            var rstrip = false
            var normalized = false
            var special = true
        }
        struct ByteLevel: Codable {
            var type = "ByteLevel"
            var add_prefix_space = false
            var trim_offsets = true
            var use_regex = true
        }
        struct Model: Codable {
            var type = "BPE"
            var fuse_unk = false
            var byte_fallback = false
            var ignore_merges = false
            var vocab: [String: Int32]
            var merges: [Merge]
        }
        /// Two texts; older files join them by a space.
        struct Merge: Codable {
            var left: String
            var right: String

            init(left: String, right: String) {
                self.left = left
                self.right = right
            }

            init(from decoder: any Decoder) throws {
                let parts: [String]
                if let text = try? decoder.singleValueContainer().decode(String.self) {
                    parts = text.split(separator: " ").map(String.init)
                } else {
                    parts = try decoder.singleValueContainer().decode([String].self)
                }
                guard parts.count == 2 else {
                    throw DecodingError.dataCorrupted(
                        .init(
                            codingPath: decoder.codingPath, debugDescription: "a merge has \(parts.count) parts, not 2")
                    )
                }
                left = parts[0]
                right = parts[1]
            }

            func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                try container.encode([left, right])
            }
        }
        /// GPT-2's splitting is part of `ByteLevel`; another one stands before it.
        enum PreTokenizer: Codable {
            case byteLevel(ByteLevel)
            case sequence(Split, ByteLevel)

            struct Split: Codable {
                var type = "Split"
                var pattern: [String: String]
                var behavior = "Isolated"
                var invert = false
            }
            private enum CodingKeys: String, CodingKey { case type, pretokenizers }

            init(_ splitting: TextSplitting) {
                guard let pattern = splitting.pattern else {
                    self = .byteLevel(ByteLevel())
                    return
                }
                self = .sequence(Split(pattern: ["Regex": pattern]), ByteLevel(use_regex: false))
            }

            init(from decoder: any Decoder) throws {
                let values = try decoder.container(keyedBy: CodingKeys.self)
                guard try values.decode(String.self, forKey: .type) == "Sequence" else {
                    self = .byteLevel(try ByteLevel(from: decoder))
                    return
                }
                var parts = try values.nestedUnkeyedContainer(forKey: .pretokenizers)
                self = .sequence(try parts.decode(Split.self), try parts.decode(ByteLevel.self))
                guard parts.isAtEnd else {
                    throw DecodingError.dataCorrupted(
                        .init(codingPath: decoder.codingPath, debugDescription: "it has more than two pre-tokenizers"))
                }
            }

            func encode(to encoder: any Encoder) throws {
                switch self {
                case .byteLevel(let level): try level.encode(to: encoder)
                case .sequence(let split, let level):
                    var values = encoder.container(keyedBy: CodingKeys.self)
                    try values.encode("Sequence", forKey: .type)
                    var parts = values.nestedUnkeyedContainer(forKey: .pretokenizers)
                    try parts.encode(split)
                    try parts.encode(level)
                }
            }

            /// The splitting it stands for; `nil` for one that is not known here.
            var splitting: TextSplitting? {
                switch self {
                case .byteLevel(let level):
                    level.type == "ByteLevel" && !level.add_prefix_space && level.use_regex ? .gpt2 : nil
                case .sequence(let split, let level):
                    TextSplitting.allCases.first { known in
                        known.pattern != nil && split.pattern == ["Regex": known.pattern ?? ""] && split.type == "Split"
                            && split.behavior == "Isolated" && !split.invert && level.type == "ByteLevel"
                            && !level.add_prefix_space && !level.use_regex
                    }
                }
            }
        }
        var version = "1.0"
        var added_tokens: [AddedToken]
        var pre_tokenizer: PreTokenizer
        var decoder = ByteLevel()
        var model: Model
    }

    /// The bytes of `tokenizer.json`, with ids raised by `offset` and further tokens beside the text's own.
    ///
    /// - Parameter others: tokens outside the text block by id, such as `<image_7>`; marked special.
    func fileBytes(offset: Int32 = 0, others: [SpecialToken] = []) throws -> [UInt8] {
        let special = Set(specialTokens.map(\.id))
        var vocabulary: [String: Int32] = [:]
        func text(_ id: Int32) -> String {
            special.contains(id)
                ? String(decoding: tokens[Int(id)], as: UTF8.self) : ByteAlphabet.text(of: tokens[Int(id)])
        }
        for id in tokens.indices { vocabulary[text(Int32(id))] = Int32(id) + offset }
        for other in others { vocabulary[other.name] = other.id }
        guard vocabulary.count == tokens.count + others.count else {
            throw TokenizationError(
                .badValue, "two tokens of the text vocabulary are written alike; choose other special tokens")
        }
        let added = specialTokens.map { SpecialToken(name: $0.name, id: $0.id + offset) } + others
        return try StableJSON.encode(
            File(
                added_tokens: added.sorted { $0.id < $1.id }.map { File.AddedToken(id: $0.id, content: $0.name) },
                pre_tokenizer: File.PreTokenizer(splitting),
                model: File.Model(
                    vocab: vocabulary,
                    merges: merges.map { File.Merge(left: text($0.left), right: text($0.right)) })))
    }

    func files() throws -> TokenizerFiles { TokenizerFiles([Self.fileName: try fileBytes()]) }

    /// Writes `tokenizer.json` into `folder`, which is created.
    public func write(to folder: String) throws { try files().write(to: folder) }

    /// Reads `tokenizer.json` of `folder`.
    public static func read(_ folder: String) throws -> ByteLevelBPE { try read(file: folder + "/" + fileName) }

    /// Reads a `tokenizer.json` of a byte-level BPE, also one that the `tokenizers` package wrote.
    ///
    /// - Parameter holdsAllBytes: whether a vocabulary without some byte, or with tokens outside the byte alphabet, is refused.
    ///   Without it such bytes are left out of a text, as that package does.
    public static func read(file path: String, holdsAllBytes: Bool = true) throws -> ByteLevelBPE {
        let file = try StableJSON.decode(File.self, from: path)
        guard file.model.type == "BPE", let splitting = file.pre_tokenizer.splitting, !file.model.ignore_merges,
            !file.model.byte_fallback
        else {
            throw TokenizationError(
                .damaged,
                "'\(path)' is not a byte-level BPE with GPT-2's or tiktoken's GPT-4 splitting and no prefix space, the kinds this program reads"
            )
        }
        let added = file.added_tokens.map { SpecialToken(name: $0.content, id: $0.id) }
        let count = Int(max(file.model.vocab.values.max() ?? -1, added.map(\.id).max() ?? -1)) + 1
        guard count <= file.model.vocab.count + added.count, count < 1 << 30 else {
            throw TokenizationError.damaged(path, "its ids have gaps")
        }
        var tokens = [[UInt8]?](repeating: nil, count: count)
        for special in added where special.id >= 0 { tokens[Int(special.id)] = Array(special.name.utf8) }
        var ids: [[UInt8]: Int32] = [:]
        var unused: Set<Int32> = []
        for (text, id) in file.model.vocab where id >= 0 && tokens[Int(id)] == nil {
            guard let bytes = ByteAlphabet.bytes(of: text) else {
                guard !holdsAllBytes else {
                    throw TokenizationError.damaged(path, "its token '\(text)' is outside the byte alphabet")
                }
                tokens[Int(id)] = Array(text.utf8)
                unused.insert(id)
                continue
            }
            tokens[Int(id)] = bytes
            ids[bytes] = id
        }
        let complete = tokens.compactMap { $0 }
        guard complete.count == count else { throw TokenizationError.damaged(path, "its ids have gaps") }
        let merges = try file.model.merges.map { try merge($0.left, $0.right, ids, path) }
        return try ByteLevelBPE(
            tokens: complete, merges: merges, specialTokens: added, splitting: splitting, unused: unused,
            holdsAllBytes: holdsAllBytes)
    }

    /// Reads GPT-2's two files: `encoder.json`, ids by token, and `vocab.bpe`, a line of version and a merge a line.
    ///
    /// Tokens outside the byte alphabet, such as `<|endoftext|>`, become special tokens when they are in angle brackets.
    /// - Throws: ``TokenizationError`` naming the file and what is wrong in it.
    public static func read(vocabulary path: String, merges mergesPath: String) throws -> ByteLevelBPE {
        let vocabulary = try StableJSON.decode([String: Int32].self, from: path)
        guard let most = vocabulary.values.max(), Int(most) + 1 == vocabulary.count,
            vocabulary.values.allSatisfy({ $0 >= 0 }), Set(vocabulary.values).count == vocabulary.count
        else { throw TokenizationError.damaged(path, "its ids have gaps") }
        var tokens = [[UInt8]](repeating: [], count: vocabulary.count)
        var ids: [[UInt8]: Int32] = [:]
        var specials: [SpecialToken] = []
        for (text, id) in vocabulary.sorted(by: { $0.value < $1.value }) {
            if text.hasPrefix("<|"), text.hasSuffix("|>") {
                specials.append(SpecialToken(name: text, id: id))
                tokens[Int(id)] = Array(text.utf8)
            } else if let bytes = ByteAlphabet.bytes(of: text) {
                tokens[Int(id)] = bytes
                ids[bytes] = id
            } else {
                throw TokenizationError.damaged(path, "its token '\(text)' is outside the byte alphabet")
            }
        }
        let lines = String(decoding: try FileBytes.read(mergesPath), as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: true)
        var merges: [BytePairMerge] = []
        merges.reserveCapacity(lines.count)
        for (number, line) in lines.enumerated() {
            if number == 0, line.hasPrefix("#version") { continue }
            let parts = line.split(separator: " ", omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                throw TokenizationError.damaged(
                    mergesPath, "line \(number + 1) has \(parts.count) parts, not the 2 of a merge")
            }
            merges.append(try merge(String(parts[0]), String(parts[1]), ids, mergesPath))
        }
        return try ByteLevelBPE(
            tokens: tokens, merges: merges, specialTokens: specials.sorted { $0.id < $1.id })
    }

    private static func merge(
        _ left: String, _ right: String, _ ids: [[UInt8]: Int32], _ path: String
    ) throws -> BytePairMerge {
        guard let leftBytes = ByteAlphabet.bytes(of: left), let rightBytes = ByteAlphabet.bytes(of: right),
            let leftID = ids[leftBytes], let rightID = ids[rightBytes], let result = ids[leftBytes + rightBytes]
        else {
            throw TokenizationError.damaged(path, "its merge '\(left) \(right)' names a token that is not there")
        }
        return BytePairMerge(left: leftID, right: rightID, result: result)
    }
}

extension TokenizerSet {
    /// The bytes of a `tokenizer.json` whose ids are those of the shared vocabulary, with every other token by its name, such as
    /// `<image_7>`.
    package func sharedTextTokenizer() throws -> [UInt8] {
        var others = vocabulary.specialTokens.enumerated().map {
            ByteLevelBPE.SpecialToken(name: $1, id: Int32($0))
        }
        for block in vocabulary.blocks where block.modality != .special && block.modality != .text {
            for local in 0..<block.count {
                others.append(.init(name: "<\(block.modality.name)_\(local)>", id: Int32(block.first + local)))
            }
        }
        return try text.fileBytes(offset: Int32(vocabulary.block(.text).first), others: others)
    }
}
