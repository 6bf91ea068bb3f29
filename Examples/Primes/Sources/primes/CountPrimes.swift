import Orchestrator

/// The handle of a count: one small text file.
struct Count: PortBundle {
    static let bundleType = BundleType(name: "Count", members: [.init("count", PortType("Count"))])
    let wiring: Wiring
}

/// Counts the primes from `from` to `below`, which it does not include.
struct CountPrimesKind: UnitKind {
    typealias Result = Count

    static let description = KindDescription(name: "CountPrimes", summary: "Counts the primes of a range.")

    @Setting(in: 0...1e9, help: "The first number that counts.") var from: Int
    @Setting(in: 0...1e9, help: "The first number that does not count any more.") var below: Int

    func plan(_ draft: inout UnitDraft, _ context: PlanContext) throws {
        guard from <= below else {
            throw ArgumentError(argument: "below", message: "'below' is \(below), less than 'from', \(from)")
        }
        draft.estimate.fixedSeconds = Double(below) * 2e-8
    }

    func run(_ context: UnitContext) throws {
        var isPrime = [Bool](repeating: true, count: max(below, 2))
        isPrime[0] = false
        isPrime[1] = false
        var factor = 2
        while factor * factor < below {
            guard context.stop == .none else { throw Interrupted() }
            if isPrime[factor] {
                for multiple in stride(from: factor * factor, to: below, by: factor) { isPrime[multiple] = false }
            }
            factor += 1
        }
        let count = isPrime[..<below].dropFirst(from).count { $0 }
        context.reporter.figure("primes", Double(count))
        try context.write(Array("\(count)\n".utf8), to: "count")
    }
}

/// Counts the primes from `from` to `below`.
func CountPrimes(from: Int, below: Int) -> Count {
    let kind = CountPrimesKind()
    kind.from = from
    kind.below = below
    return kind.place()
}
