import Ranks
import TestSupport
import Testing

@Suite("Gangs without MPI")
struct SoloGangTests {
    @Test func `a gang of one gathers its own bytes`() throws {
        #expect(try SoloGang().allGather([1, 2]) == [[1, 2]])
        #expect(try SoloGang().broadcast([3]) == [3])
    }

    @Test("threads gather bytes of different lengths by rank", arguments: 1...5)
    func gathers(ranks: Int) throws {
        let all = try ThreadGang.run(ranks: ranks) { gang in
            try gang.allGather([UInt8](repeating: UInt8(gang.rank), count: gang.rank * 3))
        }
        for gathered in all {
            #expect(gathered == (0..<ranks).map { [UInt8](repeating: UInt8($0), count: $0 * 3) })
        }
    }
}
