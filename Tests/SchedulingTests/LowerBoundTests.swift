import Scheduling
import Testing

@Suite("Lower bounds")
struct LowerBoundTests {
    /// The shortest schedule, by trying every order and every rank.
    ///
    /// Some optimal schedule starts each unit, in the order of starts, as early as its parents and its rank allow.
    private func shortest(_ seconds: [Double], _ parents: [[Int]], _ speeds: [Double]) -> Double {
        var best = Double.infinity
        var end = [Double?](repeating: nil, count: seconds.count)
        var free = [Double](repeating: 0, count: speeds.count)
        func place(_ placed: Int, _ makespan: Double) {
            guard makespan < best else { return }
            if placed == seconds.count {
                best = makespan
                return
            }
            for unit in seconds.indices where end[unit] == nil {
                var ready = 0.0
                var isReady = true
                for parent in parents[unit] {
                    if let time = end[parent] { ready = max(ready, time) } else { isReady = false }
                }
                guard isReady else { continue }
                for rank in speeds.indices {
                    let before = free[rank]
                    let finish = max(ready, before) + seconds[unit] / speeds[rank]
                    (end[unit], free[rank]) = (finish, finish)
                    place(placed + 1, max(makespan, finish))
                    (end[unit], free[rank]) = (nil, before)
                }
            }
        }
        place(0, 0)
        return best
    }

    /// The parents of every graph of `count` units whose edges go from lower to higher positions.
    private func graphs(_ count: Int) -> [[[Int]]] {
        let pairs = (0..<count).flatMap { later in (0..<later).map { (later, $0) } }
        return (0..<1 << pairs.count).map { mask in
            var parents = [[Int]](repeating: [], count: count)
            for (bit, pair) in pairs.enumerated() where mask >> bit & 1 == 1 { parents[pair.0].append(pair.1) }
            return parents
        }
    }

    private func check(_ seconds: [Double], _ parents: [[Int]], _ speeds: [Double]) -> (isTight: Bool, isValid: Bool) {
        let bound = LowerBound(seconds: seconds, precedence: Precedence(parents: parents), speeds: speeds)
        let best = shortest(seconds, parents, speeds)
        return (bound.seconds > best * (1 - 1e-9), bound.seconds <= best * (1 + 1e-9))
    }

    @Test("no schedule of any graph of up to four units with any of three durations is shorter")
    func allSmallGraphs() {
        var tight = 0
        var cases = 0
        for count in 1...4 {
            for parents in graphs(count) {
                var code = Array(repeating: 0, count: count)
                repeat {
                    let seconds = code.map { [1.0, 2, 5][$0] }
                    for speeds in [[1.0, 1], [2, 1]] {
                        let result = check(seconds, parents, speeds)
                        cases += 1
                        tight += result.isTight ? 1 : 0
                        #expect(result.isValid, "\(seconds) \(parents) \(speeds)")
                        if !result.isValid { return }
                    }
                    var place = 0
                    while place < count, code[place] == 2 {
                        code[place] = 0
                        place += 1
                    }
                    if place == count { break }
                    code[place] += 1
                } while true
            }
        }
        // A bound of zero would be valid too: most of these are exact.
        #expect(cases > 10_000 && Double(tight) > 0.5 * Double(cases), "\(tight) of \(cases) are exact")
    }

    @Test("no schedule of any graph of five units is shorter, on two and three ranks")
    func fiveUnits() {
        for (number, parents) in graphs(5).enumerated() {
            let seconds = [[3.0, 1, 4, 1, 5], [2, 7, 1, 8, 2]][number % 2]
            for speeds in [[1.0, 1], [1, 1, 1], [2, 1, 0.5]] where check(seconds, parents, speeds).isValid == false {
                Issue.record("\(seconds) \(parents) \(speeds)")
                return
            }
        }
    }

    @Test func `each reason is the best bound of something`() {
        func bound(_ seconds: [Double], _ parents: [[Int]], ranks: Int) -> (Double, LowerBound.Reason) {
            let bound = LowerBound(
                seconds: seconds, precedence: Precedence(parents: parents), speeds: Array(repeating: 1, count: ranks))
            return (bound.seconds, bound.reason)
        }
        #expect(bound([3, 4], [[], [0]], ranks: 2) == (7, .criticalPath))
        #expect(bound([1, 1, 1, 1], [[], [], [], []], ranks: 2) == (2, .area))
        #expect(bound([2, 2, 2], [[], [], []], ranks: 2) == (4, .pigeonhole))
        // One unit before and one after four that share two ranks.
        let between = bound([1, 2, 2, 2, 2, 1], [[], [0], [0], [0], [0], [1, 2, 3, 4]], ranks: 2)
        #expect(between == (6, .headAreaTail))
    }
}
