import Determinism
import Foundation
import TestSupport
import Testing
import Tokenization

@Suite("Token shards")
struct TokenShardTests {
    static func documents(seed: UInt64, count: Int) -> [TokenDocument] {
        var words = RandomField(seed: seed, purpose: RandomPurpose("test.shard")).stream()
        return (0..<count).map { number in
            let header = 1 + words.index(below: 5)
            let steps = words.index(below: 6)
            let width = 1 + words.index(below: 4)
            let total = header + steps * width + 1
            return TokenDocument(
                id: "demo_\(number)", tokens: (0..<total).map { _ in Int32(words.index(below: 70000)) },
                weights: (0..<total).map { _ in UInt16(words.index(below: 65536)) },
                modalities: (0..<total).map { _ in UInt8(words.index(below: 5)) }, headerCount: header,
                stepStarts: (0..<steps).map { header + $0 * width },
                actions: (0..<steps * (number % 3)).map { _ in Float(words.index(below: 1000)) / 7 })
        }
    }

    static func write(_ documents: [TokenDocument], to folder: String) throws {
        var writer = TokenShardWriter(vocabulary: Digest(of: "v"))
        for document in documents { try writer.append(document) }
        try writer.write(to: folder)
    }

    @Test("what is written is read, in any order", arguments: UInt64(0)..<20)
    func roundTrip(seed: UInt64) throws {
        let folder = try TemporaryDirectory()
        let documents = Self.documents(seed: seed, count: Int(seed % 7))
        try Self.write(documents, to: folder.path + "/s")
        let reader = try TokenShardReader(folder.path + "/s", vocabulary: Digest(of: "v"))
        #expect(reader.count == documents.count)
        for number in documents.indices.reversed() { #expect(try reader.document(number) == documents[number]) }
        for modality in Modality.allCases {
            let count = documents.reduce(0) { $0 + $1.modalities.filter { $0 == modality.rawValue }.count }
            #expect(reader.index.tokensByModality[modality.name] == count)
        }
        try Self.write(documents, to: folder.path + "/t")
        for name in ["tokens.bin", "index.json"] {
            let twice = try ["s", "t"].map {
                try Data(contentsOf: URL(fileURLWithPath: folder.path + "/\($0)/\(name)"))
            }
            #expect(twice[0] == twice[1])
        }
    }

    @Test("any altered byte and any shortened file is refused", arguments: UInt64(0)..<60)
    func damage(seed: UInt64) throws {
        let folder = try TemporaryDirectory()
        try Self.write(Self.documents(seed: 3, count: 3), to: folder.path)
        var words = RandomField(seed: seed, purpose: RandomPurpose("test.damage")).stream()
        let path = folder.path + "/tokens.bin"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        if seed % 3 == 0 {
            bytes = bytes.prefix(words.index(below: bytes.count))
        } else {
            bytes[words.index(below: bytes.count)] ^= UInt8(1 + words.index(below: 255))
        }
        try bytes.write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: TokenizationError.self) { try TokenShardReader(folder.path) }
        #expect(error?.message.contains("tokens.bin") == true)
        #expect(error?.exitCode == 65)
    }

    @Test func `a missing or foreign shard is refused`() throws {
        let folder = try TemporaryDirectory()
        #expect(throws: TokenizationError.self) { try TokenShardReader(folder.path + "/none") }
        try Self.write([], to: folder.path)
        let error = #expect(throws: TokenizationError.self) {
            try TokenShardReader(folder.path, vocabulary: Digest(of: "other"))
        }
        #expect(error?.code == .vocabularyMismatch)
    }

    @Test func `an index that lies is refused, not followed`() throws {
        let folder = try TemporaryDirectory()
        let whole = TokenDocument(
            id: "whole", tokens: [1, 2, 3, 4, 5], weights: [0, 1, 1, 1, 1], modalities: [0, 3, 3, 3, 0], headerCount: 1,
            stepStarts: [1, 2, 3], actions: [1, 2, 3, 4, 5, 6])
        try Self.write([whole] + Self.documents(seed: 1, count: 2), to: folder.path)
        let path = folder.path + "/index.json"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        for (name, value) in [
            ("tokenCount", "9223372036854775807"), ("offset", "-1"), ("stepCount", "99999"), ("headerCount", "-3"),
            ("actionWidth", "9223372036854775807"), ("actionWidth", "-1"), ("actionCount", "9223372036854775807"),
            ("actionCount", "1"), ("chunk", "0"), ("chunk", "2"),
        ] {
            let lie = text.replacing(
                try Regex("\"\(name)\" : [0-9]+"), with: "\"\(name)\" : \(value)", maxReplacements: 1)
            try lie.write(toFile: path, atomically: true, encoding: .utf8)
            #expect(throws: TokenizationError.self, "\(name)") {
                let reader = try TokenShardReader(folder.path)
                for number in 0..<reader.count { _ = try reader.document(number) }
            }
        }
    }

    @Test func `a document that breaks its invariant is not written`() throws {
        var writer = TokenShardWriter(vocabulary: Digest(of: "v"))
        let good = TokenDocument(
            id: "a", tokens: [1, 2, 3], weights: [0, 1, 2], modalities: [0, 1, 2], headerCount: 1, stepStarts: [1, 2])
        for change: (inout TokenDocument) -> Void in [
            { $0.weights.removeLast() }, { $0.modalities[1] = 9 }, { $0.stepStarts = [2] }, { $0.stepStarts = [1, 1] },
            { $0.stepStarts = [1, 3] }, { $0.headerCount = 4 }, { $0.actions = [1] },
        ] {
            var bad = good
            change(&bad)
            #expect(throws: TokenizationError.self) { try writer.append(bad) }
        }
        try writer.append(good)
        #expect(throws: TokenizationError.self) { try writer.append(good) }
    }
}
