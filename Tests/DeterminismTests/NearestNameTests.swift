import Determinism
import Testing

@Suite("Nearest names")
struct NearestNameTests {
    @Test(arguments: [
        ("trianing", ["training", "validation"], "training"), ("megabytes", ["bytes", "mebibytes"], "mebibytes"),
        ("los", ["loss", "bits"], "loss"), ("Policy", ["policy"], "policy"),
        ("brave-herring", ["brave-heron"], "brave-heron"),
        ("zebra", ["training", "validation"], nil), ("x", [], nil),
    ])
    func offered(name: String, candidates: [String], nearest: String?) {
        #expect(NearestName.of(name, among: candidates) == nearest)
        #expect(NearestName.hint(name, among: candidates) == (nearest.map { " Did you mean '\($0)'?" } ?? ""))
    }

    @Test func `a part of exactly one name is near where parts count`() {
        let names = ["agentview_image", "wrist_depth"]
        #expect(NearestName.of("image", among: names) == nil)
        #expect(NearestName.of("image", among: names, orPart: true) == "agentview_image")
        #expect(NearestName.of("wrist_depth_2_left_camera", among: names, orPart: true) == "wrist_depth")
        #expect(NearestName.of("image", among: names + ["wrist_image_2"], orPart: true) == nil)
    }
}
