import Orchestrator

// What recipe files cannot hold: functions, closures, and unit kinds of one's own.
//   swift run -c release primes plan --set parts=4
//   swift run -c release primes submit

/// `0..<limit` in `count` pieces of about equal length.
func slices(of limit: Int, into count: Int) -> [Range<Int>] {
    (0..<count).map { limit * $0 / count..<limit * ($0 + 1) / count }
}

let limit = Parameter("limit", default: 2_000_000)
let parts = Parameter("parts", default: 8)

let recipe = Recipe("primes") {
    let counts = slices(of: limit, into: max(1, parts)).enumerated().map { number, slice in
        ("part-\(number)", CountPrimes(from: slice.lowerBound, below: slice.upperBound).named("part-\(number)"))
    }
    Sum(Dictionary(uniqueKeysWithValues: counts)).named("primes")
}

OrchestrateProgram.main(recipe, kinds: [CountPrimesKind.self, SumKind.self])
