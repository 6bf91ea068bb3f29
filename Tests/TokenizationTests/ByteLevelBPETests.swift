import Determinism
import Foundation
import TestSupport
import Testing
import Tokenization

@Suite("Byte-level BPE")
struct ByteLevelBPETests {
    static let corpus = [
        "push the T to the goal", "push the grey T onto the green goal", "move the T to the left wall",
        "it's here, isn't it?",
        "push the T to the goal", "  two  spaces\n\nand lines\t\ttabs  ", "größer als 12345 und ½ – naïve café",
        "日本語のテスト。漢字かな混じり",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaa aaaa aaaaaaa", "🤖🦾 robots 👩‍👩‍👧‍👦 🇩🇪",
    ]

    @Test("decode(encode(x)) == x for any bytes", arguments: UInt64(0)..<100)
    func bytesRoundTrip(seed: UInt64) throws {
        var words = RandomField(seed: seed, purpose: RandomPurpose("test.bpe")).stream()
        let tokenizer = try ByteLevelBPE.train(on: Self.corpus, vocabularySize: 300 + words.index(below: 100))
        let bytes = (0..<words.index(below: 400)).map { _ in UInt8(words.index(below: seed % 2 == 0 ? 256 : 128)) }
        #expect(try tokenizer.decodeBytes(tokenizer.encode(bytes: bytes)) == bytes)
    }

    @Test("decode(encode(x)) == x for any text", arguments: UInt64(0)..<100)
    func textRoundTrip(seed: UInt64) throws {
        var words = RandomField(seed: seed, purpose: RandomPurpose("test.bpe.text")).stream()
        let tokenizer = try ByteLevelBPE.train(on: Self.corpus, vocabularySize: 400)
        var view = String.UnicodeScalarView()
        while view.count < 80 {
            let bound = [0x80, 0x800, 0x3000, 0x110000][words.index(below: 4)]
            if let scalar = Unicode.Scalar(UInt32(words.index(below: bound))) { view.append(scalar) }
        }
        let text = String(view)
        #expect(Array(try tokenizer.decode(tokenizer.encode(text)).utf8) == Array(text.utf8))
    }

    @Test func `a long run of one letter is encoded in reasonable time`() throws {
        let tokenizer = try ByteLevelBPE.train(on: Self.corpus, vocabularySize: 400)
        let text = String(repeating: "a", count: 100_000)
        #expect(try tokenizer.decode(tokenizer.encode(text)) == text)
    }

    @Test func `training does not depend on the order of texts`() throws {
        let forward = try ByteLevelBPE.train(on: Self.corpus, vocabularySize: 420)
        let backward = try ByteLevelBPE.train(on: Self.corpus.reversed(), vocabularySize: 420)
        #expect(forward == backward)
    }

    @Test func `few texts give a smaller vocabulary that still holds all bytes`() throws {
        let tokenizer = try ByteLevelBPE.train(on: ["ab"], vocabularySize: 1024)
        #expect(tokenizer.count == 256)
        #expect(tokenizer.encode("ab") == [64, 65])
        #expect(try ByteLevelBPE.train(on: [], vocabularySize: 1024).count == 256)
    }

    @Test func `ids are ranked by count, then by the smaller pair`() throws {
        // "ab" and "cd" are equally frequent: the pair with the smaller ids comes first; "abcd" is never one word.
        let tokenizer = try ByteLevelBPE.train(on: ["cd", "ab", "cd", "ab", "ef"], vocabularySize: 258)
        #expect(tokenizer.encode("ab") == [256])
        #expect(tokenizer.encode("cd") == [257])
    }

    @Test func `special tokens keep their ids and are not cut`() throws {
        let tokenizer = try ByteLevelBPE.train(on: Self.corpus, vocabularySize: 300, specialTokens: ["<a>", "<a><b>"])
        #expect(tokenizer.encode("x<a><b>y<a>").filter { $0 < 2 } == [1, 0])
        #expect(try tokenizer.decode(tokenizer.encode("x<a><b>y<a>")) == "x<a><b>y<a>")
        #expect(throws: TokenizationError.self) {
            try ByteLevelBPE.train(on: [], vocabularySize: 300, specialTokens: ["<a>", "<a>"])
        }
    }

    @Test func `the file gives the same tokenizer and equal bytes`() throws {
        let folder = try TemporaryDirectory()
        let tokenizer = try ByteLevelBPE.train(on: Self.corpus, vocabularySize: 400, specialTokens: ["<pad>"])
        try tokenizer.write(to: folder.path + "/a")
        let read = try ByteLevelBPE.read(folder.path + "/a")
        #expect(read == tokenizer)
        try read.write(to: folder.path + "/b")
        let files = try ["a", "b"].map {
            try Data(contentsOf: URL(fileURLWithPath: folder.path + "/\($0)/tokenizer.json"))
        }
        #expect(files[0] == files[1])
    }

    @Test(
        "a damaged file is refused by name",
        arguments: [
            "", "{", "[]", "{\"model\":{}}",
            #"{"added_tokens":[],"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true},"decoder":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true},"version":"1.0","model":{"type":"BPE","fuse_unk":false,"byte_fallback":false,"ignore_merges":false,"vocab":{"a":0,"b":9},"merges":[["a","b"]]}}"#,
        ])
    func damage(text: String) throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/tokenizer.json"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: TokenizationError.self) { try ByteLevelBPE.read(folder.path) }
        #expect(error?.message.contains("tokenizer.json") == true)
        #expect(throws: TokenizationError.self) { try ByteLevelBPE.read(folder.path + "/nowhere") }
    }

    private struct Case: Decodable {
        let text: String
        let ids: [Int32]
    }

    @Test(
        "a published vocabulary gives the published ids",
        .enabled(if: SharedData.path != nil, "the shared reference answers are not beside this checkout"))
    func goldenEncoding() throws {
        struct Expected: Decodable {
            let hard: [Case]
            let first_2000: [Int32]
        }
        let data = try #require(SharedData.path)
        let tokenizer = try ByteLevelBPE.read(file: data + "/golden/bpe_shakespeare_2048.tokenizer.json")
        let expected = try JSONDecoder().decode(
            Expected.self,
            from: Data(contentsOf: URL(fileURLWithPath: data + "/golden/bpe_shakespeare_2048.expected.json")))
        for item in expected.hard { #expect(tokenizer.encode(item.text) == item.ids, "\(item.text)") }
        let text = try String(contentsOfFile: data + "/text/tinyshakespeare.txt", encoding: .utf8)
        let held = Array(text.utf8.dropFirst(1_003_854))
        #expect(Array(tokenizer.encode(bytes: held).prefix(2000)) == expected.first_2000)
    }

    @Test(
        "training gives the published merges",
        .enabled(if: SharedData.path != nil, "the shared reference answers are not beside this checkout"))
    func goldenTraining() throws {
        let data = try #require(SharedData.path)
        let text = try String(contentsOfFile: data + "/text/tinyshakespeare.txt", encoding: .utf8)
        let train = String(decoding: Array(text.utf8.prefix(1_003_854)), as: UTF8.self)
        let trained = try ByteLevelBPE.train(on: [train], vocabularySize: 2048)
        #expect(try trained == ByteLevelBPE.read(file: data + "/golden/bpe_shakespeare_2048.tokenizer.json"))
    }

    @Test(
        "GPT-2's cases are cut alike",
        .enabled(if: SharedData.path != nil, "the shared reference answers are not beside this checkout"))
    func goldenSplitting() throws {
        struct Cases: Decodable { let agree: [Case] }
        let data = try #require(SharedData.path)
        let cases = try JSONDecoder().decode(
            Cases.self, from: Data(contentsOf: URL(fileURLWithPath: data + "/golden/gpt2_cases.json"))
        ).agree
        #expect(cases.count == 38)
        let folder = data + "/text/gpt2"
        let tokenizer = try ByteLevelBPE.read(vocabulary: folder + "/encoder.json", merges: folder + "/vocab.bpe")
        #expect(tokenizer.count == 50257 && tokenizer.specialNames == ["<|endoftext|>"])
        // The cases were made without special tokens.
        for item in cases where !item.text.contains("<|endoftext|>") {
            #expect(tokenizer.encode(item.text) == item.ids, "\(item.text.prefix(40))")
        }
        for item in cases {
            #expect(tokenizer.encodeOrdinary(item.text) == item.ids, "\(item.text.prefix(40))")
        }
    }

    @Test func `GPT-2's two files are read as its tokenizer, and damage is told by file`() throws {
        let folder = try TemporaryDirectory()
        // As many merges as the alphabet's ids allow, written as GPT-2's files are.
        let trained = try ByteLevelBPE.train(on: Self.corpus, vocabularySize: 320)
        try trained.write(to: folder.path)
        let file = try #require(
            try JSONSerialization.jsonObject(
                with: Data(contentsOf: URL(fileURLWithPath: folder.path + "/tokenizer.json")))
                as? [String: Any])
        let model = try #require(file["model"] as? [String: Any])
        var vocabulary = try #require(model["vocab"] as? [String: Int])
        vocabulary["<|endoftext|>"] = vocabulary.count
        let merges = try #require(model["merges"] as? [[String]])
        let paths = (folder.path + "/encoder.json", folder.path + "/vocab.bpe")
        try JSONSerialization.data(withJSONObject: vocabulary).write(to: URL(fileURLWithPath: paths.0))
        func write(_ lines: [String]) throws {
            try lines.joined(separator: "\n").write(toFile: paths.1, atomically: true, encoding: .utf8)
        }
        let lines = ["#version: 0.2"] + merges.map { $0.joined(separator: " ") } + [""]
        try write(lines)
        let read = try ByteLevelBPE.read(vocabulary: paths.0, merges: paths.1)
        for text in Self.corpus { #expect(read.encode(text) == trained.encode(text)) }
        #expect(read.encode("x<|endoftext|>").last == Int32(vocabulary.count - 1))
        #expect(try read.decode(read.encodeOrdinary("x<|endoftext|>")) == "x<|endoftext|>")
        #expect(!read.encodeOrdinary("x<|endoftext|>").contains(Int32(vocabulary.count - 1)))
        for wrong in ["t", "t h e", "nobody home"] {
            try write(lines + [wrong])
            let error = #expect(throws: TokenizationError.self) {
                try ByteLevelBPE.read(vocabulary: paths.0, merges: paths.1)
            }
            #expect(error?.message.contains("vocab.bpe") == true)
        }
    }

    @Test("long and short words, and words met again, are merged alike", arguments: UInt64(0)..<20)
    func shortAndLong(seed: UInt64) throws {
        var words = RandomField(seed: seed, purpose: RandomPurpose("test.bpe.long")).stream()
        let tokenizer = try ByteLevelBPE.train(on: Self.corpus, vocabularySize: 420)
        // Letters only, so that the text is one word; every prefix crosses from the one way to the other.
        let text = (0..<90).map { _ in "aeghilnopstu".randomLetter(words.index(below: 12)) }.joined()
        for length in [1, 2, 30, 47, 48, 49, 50, 64, 65, 90] {
            let word = String(text.prefix(length))
            let ids = tokenizer.encode(word)
            #expect(tokenizer.encode(word + " " + word + " " + word).starts(with: ids))
            #expect(ids == Self.merged(word, by: tokenizer))
        }
    }

    /// The definition: the lowest rank anywhere in the word, the leftmost first, one at a time.
    private static func merged(_ word: String, by tokenizer: ByteLevelBPE) -> [Int32] {
        var ids = Array(word.utf8).flatMap { tokenizer.encode(bytes: [$0]) }
        while let (place, result) = tokenizer.bestMerge(ids) { ids.replaceSubrange(place...place + 1, with: [result]) }
        return ids
    }

    @Test(
        "the tokenizers package trains the same merges and reads our file to the same ids",
        .enabled(if: PeerPython.has("tokenizers"), "no Python with the tokenizers package"))
    func peer() throws {
        let folder = try TemporaryDirectory()
        let encoder = JSONEncoder()
        for (size, specials) in [(300, []), (500, ["<pad>", "<|x|>"]), (700, [])] {
            let ours = try ByteLevelBPE.train(on: Self.corpus, vocabularySize: size, specialTokens: specials)
            try ours.write(to: folder.path)
            let texts =
                Self.corpus + ["unseen Text <|x|> with\u{301} marks", "", " ", "\r\n \u{a0}x", "it's they'll I'M ’s"]
            let script = """
                import sys, json
                from tokenizers import Tokenizer, models, pre_tokenizers, trainers, decoders
                corpus, texts, size, specials = json.loads(sys.argv[2])
                theirs = Tokenizer(models.BPE())
                theirs.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
                theirs.train_from_iterator(corpus, trainers.BpeTrainer(vocab_size=size, min_frequency=2, show_progress=False,
                    special_tokens=specials, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
                ours = Tokenizer.from_file(sys.argv[1])
                assert json.loads(ours.to_str())["model"]["merges"] == json.loads(theirs.to_str())["model"]["merges"]
                assert ours.get_vocab() == theirs.get_vocab()
                for t in texts:
                    assert ours.decode(ours.encode(t).ids, skip_special_tokens=False) == t, t
                print(json.dumps([ours.encode(t).ids for t in texts]))
                """
            let input =
                "["
                + [
                    String(decoding: try encoder.encode(Self.corpus), as: UTF8.self),
                    String(decoding: try encoder.encode(texts), as: UTF8.self), String(size),
                    String(decoding: try encoder.encode(specials), as: UTF8.self),
                ].joined(separator: ",") + "]"
            let (status, output) = try PeerPython.run(script, [folder.path + "/tokenizer.json", input])
            #expect(status == 0)
            let theirs = try JSONDecoder().decode([[Int32]].self, from: Data(output.utf8))
            #expect(texts.map { ours.encode($0) } == theirs)
        }
    }
}

extension String {
    fileprivate func randomLetter(_ index: Int) -> String { String(self[self.index(startIndex, offsetBy: index)]) }
}
