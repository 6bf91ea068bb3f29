/// The longest stretch of steps in which a stream does not change.
struct StillRun: Hashable, Sendable {
    var start: Int
    var count: Int

    /// Whether it is long enough to be suspicious.
    func isSuspicious(in length: Int) -> Bool { count >= 10 && count * 2 >= length }

    /// The longest run of equal rows among `count`, the first of equals.
    static func longest(count: Int, isSame: (_ left: Int, _ right: Int) -> Bool) -> StillRun {
        var best = StillRun(start: 0, count: min(count, 1))
        var current = best
        for step in stride(from: 1, to: count, by: 1) {
            if isSame(step - 1, step) {
                current.count += 1
            } else {
                current = StillRun(start: step, count: 1)
            }
            if current.count > best.count { best = current }
        }
        return best
    }

    /// The longest run of equal rows of a matrix, by bits.
    static func longest(in matrix: Matrix) -> StillRun {
        let width = matrix.columns
        return longest(count: matrix.rows) { left, right in
            for column in 0..<width where matrix[left, column].bitPattern != matrix[right, column].bitPattern {
                return false
            }
            return true
        }
    }

    /// The longest run of equal pictures.
    static func longest(in pictures: ImageSequence) -> StillRun {
        longest(count: pictures.count) { pictures[frame: $0].elementsEqual(pictures[frame: $1]) }
    }

    /// Whether a matrix takes more than one value within the run.
    func varies(in matrix: Matrix) -> Bool {
        let end = min(start + count, matrix.rows)
        guard end > start else { return false }
        return (start + 1..<max(start + 1, end)).contains { !matrix[row: $0].elementsEqual(matrix[row: start]) }
    }
}
