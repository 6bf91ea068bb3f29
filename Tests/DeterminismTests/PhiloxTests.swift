import Determinism
import Testing

@Suite("Philox")
struct PhiloxTests {
    @Test("known answers of Random123 come out")
    func knownAnswers() {
        #expect(Philox.block(key: .zero, counter: .zero) == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
        let ones = UInt32.max
        #expect(
            Philox.block(key: SIMD2(ones, ones), counter: SIMD4(ones, ones, ones, ones))
                == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    }

    @Test("a keyed permutation is a permutation", arguments: [1, 2, 3, 7, 64, 1000, 4097])
    func permutation(count: Int) {
        let field = RandomField(seed: 7, purpose: RandomPurpose("test"))
        let permutation = KeyedPermutation(count: count, field: field, epoch: 3)
        #expect(Set((0..<count).map { permutation[$0] }) == Set(0..<count))
    }
}
