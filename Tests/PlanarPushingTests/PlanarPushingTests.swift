import PlanarPushing
import Testing

@Suite("Planar pushing")
struct PlanarPushingTests {
    @Test func `equal seeds give equal episodes`() {
        #expect(PushEnvironment(seed: 5) == PushEnvironment(seed: 5))
    }
}
