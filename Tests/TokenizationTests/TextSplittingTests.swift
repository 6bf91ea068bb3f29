import Determinism
import Foundation
import TestSupport
import Testing
import Tokenization

@Suite("GPT-4's splitting and texts that arrive in parts")
struct TextSplittingTests {
    static let awkward = [
        "it's IT'S It'Ll we'RE ſ'ſ x'ſt don't 'twas 'S 's", "123456789 1234 12 1,234.56 ½¾ ١٢٣٤٥ Ⅻ 3rd",
        "a\n\n  b\r\n\r\n c \n d",
        "tail   ", "tail \n  ", "tail\n\n", "   ", "\n", " \t\n \r", "a\u{3000}\u{3000}b \u{A0}c\u{3000}\n\u{3000}d",
        "!?...\n\n\nx ?!\r\n y !",
        "日本語のテスト。漢字かな混じり 123", "🤖🦾 robots 👩‍👩‍👧‍👦 🇩🇪\u{301}e\u{301}", "_snake_case CamelCase $x=1;//c\n\tif(a){b}", "", "'",
        "''", "' '",
        "\u{FEFF}bom \u{200B}zero\u{2028}line", "  x  y   z", "ﬁ ǅ ª º ʰ ⁵ ₂ ㊀ ⓐ",
    ]

    static func tokenizer(_ splitting: TextSplitting, specials: [String] = []) throws -> ByteLevelBPE {
        try ByteLevelBPE.train(
            on: ByteLevelBPETests.corpus + awkward + awkward, vocabularySize: 420, specialTokens: specials,
            splitting: splitting)
    }

    @Test(
        "ids are tiktoken's under its own pattern, and those of the tokenizers package that reads the file",
        .enabled(if: PeerPython.has("tiktoken", "tokenizers"), "no Python with tiktoken and tokenizers"),
        arguments: TextSplitting.allCases)
    func peers(splitting: TextSplitting) throws {
        let folder = try TemporaryDirectory()
        let tokenizer = try Self.tokenizer(splitting)
        try tokenizer.write(to: folder.path)
        #expect(try ByteLevelBPE.read(folder.path) == tokenizer)
        var words = RandomField(seed: 5, purpose: RandomPurpose("test.splitting")).stream()
        let alphabet = Array("aZ'sSlL1٢ \n\r\t!é\u{3000}日🤖\u{301}ſ.".unicodeScalars)
        let texts =
            Self.awkward
            + (0..<400).map { _ in
                var view = String.UnicodeScalarView()
                for _ in 0..<1 + words.index(below: 30) { view.append(alphabet[words.index(below: alphabet.count)]) }
                return String(view)
            }
        try JSONEncoder().encode(texts).write(to: URL(fileURLWithPath: folder.path + "/texts.json"))
        let script = """
            import json, sys, inspect, re
            import tiktoken, tiktoken_ext.openai_public as public
            from tokenizers import Tokenizer
            folder, splitting = sys.argv[1:]
            source = inspect.getsource(public.cl100k_base)
            pattern = re.search(r'"pat_str": r\\"\\"\\"(.*?)\\"\\"\\"', source).group(1) if splitting == "gpt4" else public.r50k_pat_str
            kept = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
            letters = {chr(b): b for b in kept}
            for n, b in enumerate(b for b in range(256) if b not in kept): letters[chr(256 + n)] = b
            vocabulary = json.load(open(folder + "/tokenizer.json"))["model"]["vocab"]
            ranks = {bytes(letters[c] for c in text): id for text, id in vocabulary.items()}
            theirs = tiktoken.Encoding("ours", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
            other = Tokenizer.from_file(folder + "/tokenizer.json")
            texts = json.load(open(folder + "/texts.json"))
            print(json.dumps([[theirs.encode_ordinary(t) for t in texts], [other.encode(t).ids for t in texts]]))
            """
        let (status, output) = try PeerPython.run(script, [folder.path, splitting.rawValue])
        try #require(status == 0)
        let ids = try JSONDecoder().decode([[[Int32]]].self, from: Data(output.utf8))
        try #require(ids.count == 2 && ids.allSatisfy { $0.count == texts.count })
        for (number, text) in texts.enumerated() {
            #expect(tokenizer.encode(text) == ids[0][number], "tiktoken: \(text.debugDescription)")
            #expect(tokenizer.encode(text) == ids[1][number], "tokenizers: \(text.debugDescription)")
        }
    }

    @Test func `numbers are cut at three digits, contractions in capitals are known`() throws {
        let texts = [String](repeating: "1234567 WE'LL", count: 20)
        let gpt2 = try ByteLevelBPE.train(on: texts, vocabularySize: 400)
        let gpt4 = try ByteLevelBPE.train(on: texts, vocabularySize: 400, splitting: .gpt4)
        #expect(gpt2.encode("1234567").count == 1)
        #expect(gpt4.encode("1234567").count == 3)
        #expect(gpt4.encode("'LL").count == 1 && gpt2.encode("'LL").count == 2)
        #expect(gpt2 != gpt4)
    }

    @Test("a text in parts has the ids of the whole, wherever it is cut", arguments: UInt64(0)..<60)
    func parts(seed: UInt64) throws {
        var words = RandomField(seed: seed, purpose: RandomPurpose("test.stream")).stream()
        let specials = seed % 3 == 0 ? [] : ["<a>", "<a><b>", " <s"]
        let tokenizer = try Self.tokenizer(seed % 2 == 0 ? .gpt2 : .gpt4, specials: specials)
        var stream = TextStream(tokenizer)
        let parts = Self.awkward + ["<a>", "<a><b>", "x <s y", "<", "<a", "'", "'l", "  "]
        for _ in 0..<4 {
            var text: [UInt8] = []
            for _ in 0..<1 + words.index(below: 12) { text += Array(parts[words.index(below: parts.count)].utf8) }
            if seed % 5 == 0 { text = text.map { words.index(below: 20) == 0 ? UInt8(words.index(below: 256)) : $0 } }
            var ids: [Int32] = []
            var place = 0
            while place < text.count {
                let next = min(text.count, place + 1 + words.index(below: seed % 4 == 0 ? 2 : 9))
                ids += stream.append(Array(text[place..<next]))
                place = next
            }
            ids += stream.finish()
            #expect(ids == tokenizer.encode(bytes: text), "\(String(decoding: text, as: UTF8.self).debugDescription)")
        }
    }

    @Test func `ids are given out while the text still comes`() throws {
        var stream = TextStream(try Self.tokenizer(.gpt4))
        var given = 0
        for _ in 0..<50 { given += stream.append("push the block to the goal ").count }
        #expect(given > 40 * 6)
        #expect(stream.finish().count < 12)
    }
}
