import Episodes
import Testing

@Suite("Dividing episodes")
struct EpisodeDivisionTests {
    private func selection(_ ids: some Sequence<Int>) -> EpisodeSelection {
        EpisodeSelection(
            streams: StreamSchema(cameras: [], sensors: [], actionWidth: 1),
            episodes: ids.map {
                EpisodeRecord(
                    id: "demo_\($0)", shard: 0, length: 1, bytes: 1, instruction: "",
                    filterKeys: [$0 % 4 == 0 ? "valid" : "train"])
            })
    }

    @Test("parts are disjoint, complete and of the right size", arguments: UInt64(0)..<50)
    func parts(seed: UInt64) throws {
        let all = selection(0..<100)
        let divided = try EpisodeDivision(rule: .episode, validation: 0.1, test: 0.05).divide(all, seed: seed)
        #expect(divided.training.episodes.count == 85)
        #expect(divided.validation.episodes.count == 10)
        #expect(divided.test.episodes.count == 5)
        let ids = [divided.training, divided.validation, divided.test].flatMap { $0.episodes.map(\.id) }
        #expect(Set(ids).count == 100)
    }

    @Test func `the same seed divides the same, another seed otherwise`() throws {
        let division = EpisodeDivision(rule: .episode, validation: 0.2, test: 0)
        let first = try division.divide(selection(0..<50), seed: 7).validation.episodes.map(\.id)
        #expect(try division.divide(selection(0..<50), seed: 7).validation.episodes.map(\.id) == first)
        #expect(
            try division.divide(selection((0..<50).reversed()), seed: 7).validation.episodes.map(\.id)
                == first.reversed())
        #expect(try division.divide(selection(0..<50), seed: 8).validation.episodes.map(\.id) != first)
        // Holding out for a test moves nothing into or out of validation.
        let tested = EpisodeDivision(rule: .episode, validation: 0.2, test: 0.3)
        #expect(try tested.divide(selection(0..<50), seed: 7).validation.episodes.map(\.id) == first)
    }

    @Test func `the division is fixed`() throws {
        let division = EpisodeDivision(rule: .episode, validation: 0.2, test: 0)
        let ids = try division.divide(selection(0..<20), seed: 17).validation.episodes.map(\.id)
        #expect(ids == ["demo_2", "demo_6", "demo_8", "demo_15"])
    }

    @Test func `small sets keep something for training`() throws {
        let divided = try EpisodeDivision(rule: .episode, validation: 0.1, test: 0.1).divide(selection(0..<3), seed: 1)
        #expect(divided.training.episodes.count == 1)
        #expect(throws: EpisodeError.self) {
            try EpisodeDivision(rule: .episode, validation: 0.1, test: 0.1).divide(selection(0..<2), seed: 1)
        }
    }

    @Test func `filter keys divide`() throws {
        let rule = SplitRule.filterKeys(training: "train", validation: "valid", test: "")
        let divided = try EpisodeDivision(rule: rule, validation: 0.1, test: 0).divide(selection(0..<20), seed: 1)
        #expect(divided.validation.episodes.map(\.id) == ["demo_0", "demo_4", "demo_8", "demo_12", "demo_16"])
        #expect(divided.training.episodes.count == 15)
        #expect(divided.test.episodes.isEmpty)
        let wrong = SplitRule.filterKeys(training: "train", validation: "vallid", test: "")
        let error = #expect(throws: EpisodeError.self) {
            try EpisodeDivision(rule: wrong, validation: 0.1, test: 0).divide(selection(0..<20), seed: 1)
        }
        #expect(error?.description.contains("did you mean 'valid'?") == true)
    }
}
