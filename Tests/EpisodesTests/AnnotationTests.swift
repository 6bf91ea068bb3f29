import Episodes
import Testing

@Suite("Annotations")
struct AnnotationTests {
    private let selection = EpisodeSelection(
        streams: StreamSchema(cameras: [], sensors: [], actionWidth: 1),
        episodes: (0..<6).map { number in
            EpisodeRecord(
                id: "demo_\(number)", shard: 0, length: 10 * number, bytes: 1,
                instruction: number < 3 ? "push left" : "push right", filterKeys: number == 4 ? ["hard"] : [],
                success: number != 5)
        })

    @Test(
        "a rule labels what it says and leaves the rest",
        arguments: [
            (EpisodeRule.all, [0, 1, 2, 3, 4, 5]), (.filterKey("hard"), [4]),
            (.instruction(contains: "left"), [0, 1, 2]),
            (.ids(["demo_3", "demo_1"]), [1, 3]), (.longer(than: 30), [4, 5]), (.failed, [5]),
        ])
    func rules(rule: EpisodeRule, expected: [Int]) throws {
        let annotation = EpisodeAnnotation(rule: rule, instruction: "new", success: false, filterKey: "seen")
        let (result, count) = try annotation.apply(to: selection)
        #expect(count == expected.count)
        for (number, (old, new)) in zip(selection.episodes, result.episodes).enumerated() {
            if expected.contains(number) {
                #expect(new.instruction == "new" && new.success == false && new.filterKeys.contains("seen"))
                #expect(new.length == old.length && Set(old.filterKeys).isSubset(of: new.filterKeys))
            } else {
                #expect(new == old)
            }
        }
    }

    @Test func `what matches nothing is an error`() {
        for rule in [EpisodeRule.filterKey("none"), .ids(["demo_9"]), .longer(than: 1000)] {
            #expect(throws: EpisodeError.self) {
                try EpisodeAnnotation(rule: rule, instruction: "x", success: nil, filterKey: nil).apply(to: selection)
            }
        }
    }
}
