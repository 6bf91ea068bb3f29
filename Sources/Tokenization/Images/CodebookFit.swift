import Determinism
import Kernels

// n different patches, D numbers of a patch, K codes.

/// Fits a codebook to different patches, weighted by how often they occur: k-means++ and then Lloyd's iterations.
///
/// All sums are of integers (pixels times counts) and therefore exact: no order of points, chunks or ranks can change a
/// bit. The assignment is ``CodeSearch``'s.
///
/// Weighting by count minimizes the error over all patches, repeated ones included, while the seeding, which draws a
/// patch by count × squared distance, never draws one twice.
///
/// - Source: Arthur & Vassilvitskii, k-means++ (2007); Lloyd (1982).
struct CodebookFit {
    let width: Int
    let pixels: [UInt8]
    let counts: [Int]
    let kernels: Kernels

    /// How the fit went.
    struct Outcome {
        /// `[K, D]`, as ``VQImageTokenizer`` stores it.
        var codebook: [Float]
        var iterations: Int
        /// Codes that lost all their patches and were moved to where the error was largest.
        var revived: Int
        /// Whether the last iteration changed no assignment.
        var converged: Bool
    }

    /// Fits at most `codes` codes; fewer when there are fewer different patches.
    ///
    /// - Parameter progress: called after each iteration with its number.
    func fit(codes: Int, iterations limit: Int, random: inout RandomWords, progress: (Int) throws -> Void) throws
        -> Outcome
    {
        let count = counts.count
        precondition(count > 0 && codes > 0)
        var codebook = seeds(min(codes, count), random: &random)
        var assignment = [Int32](repeating: -1, count: count)
        var outcome = Outcome(codebook: codebook, iterations: 0, revived: 0, converged: false)
        while outcome.iterations < limit, !outcome.converged {
            let next = CodeSearch(codebook: codebook, width: width, kernels: kernels).nearest(pixels)
            if next == assignment {
                outcome.converged = true
                break
            }
            assignment = next
            outcome.revived += update(&codebook, assignment)
            outcome.iterations += 1
            try progress(outcome.iterations)
        }
        outcome.codebook = codebook
        return outcome
    }

    /// k-means++ over integers: a patch is drawn with probability count × squared distance to the nearest seed.
    private func seeds(_ codes: Int, random: inout RandomWords) -> [Float] {
        let count = counts.count
        var nearest = [Int](repeating: Int.max, count: count)
        var owner = [Int](repeating: 0, count: count)
        var chosen: [Int] = []
        while chosen.count < codes {
            let seed: Int
            if chosen.isEmpty {
                seed = draw(counts, &random)
            } else {
                var shares = [Int](repeating: 0, count: count)
                for i in 0..<count { shares[i] = counts[i] * nearest[i] }
                seed = draw(shares, &random)
            }
            let toSeeds = chosen.map { squaredDistance($0, seed) }
            chosen.append(seed)
            for i in 0..<count {
                // By the triangle inequality a seed at least twice as far from the owner as the patch cannot be nearer.
                if nearest[i] != Int.max, toSeeds[owner[i]] >= 4 * nearest[i] { continue }
                let distance = squaredDistance(i, seed)
                if distance < nearest[i] {
                    nearest[i] = distance
                    owner[i] = chosen.count - 1
                }
            }
        }
        return chosen.flatMap { index in
            pixels[index * width..<(index + 1) * width].map(PatchGrid.normalized)
        }
    }

    /// An index drawn by shares, which are not all zero: different patches are a distance apart.
    private func draw(_ shares: [Int], _ random: inout RandomWords) -> Int {
        var left = random.index(below: shares.reduce(0, +))
        for (index, share) in shares.enumerated() {
            if left < share { return index }
            left -= share
        }
        return shares.count - 1
    }

    private func squaredDistance(_ a: Int, _ b: Int) -> Int {
        pixels.withUnsafeBufferPointer { pixels in
            var sum: Int32 = 0
            var total = 0
            let first = a * width
            let second = b * width
            for start in stride(from: 0, to: width, by: 4096) {
                sum = 0
                for i in start..<min(start + 4096, width) {
                    let difference = Int32(pixels[first + i]) - Int32(pixels[second + i])
                    sum &+= difference &* difference
                }
                total += Int(sum)
            }
            return total
        }
    }

    /// Moves every code to the mean of its patches and empty ones to the worst served patches; returns how many were empty.
    private func update(_ codebook: inout [Float], _ assignment: [Int32]) -> Int {
        let codes = codebook.count / width
        var sums = [Int](repeating: 0, count: codebook.count)
        var totals = [Int](repeating: 0, count: codes)
        pixels.withUnsafeBufferPointer { pixels in
            sums.withUnsafeMutableBufferPointer { sums in
                for (point, code) in assignment.enumerated() {
                    let weight = counts[point]
                    let target = Int(code) * width
                    totals[Int(code)] += weight
                    for i in 0..<width { sums[target + i] &+= weight &* Int(pixels[point * width + i]) }
                }
            }
        }
        let empty = totals.indices.filter { totals[$0] == 0 }
        let worst = empty.isEmpty ? [] : worstServed(codebook, assignment, empty.count)
        for code in 0..<codes where totals[code] > 0 {
            for i in 0..<width {
                codebook[code * width + i] = Float((Double(sums[code * width + i]) / Double(totals[code]) - 128) / 128)
            }
        }
        for (code, point) in zip(empty, worst) {
            for i in 0..<width { codebook[code * width + i] = PatchGrid.normalized(pixels[point * width + i]) }
        }
        return empty.count
    }

    /// The patches with the largest count × squared error, worst first, ties by lower index.
    private func worstServed(_ codebook: [Float], _ assignment: [Int32], _ wanted: Int) -> [Int] {
        let errors = assignment.enumerated().map { point, code in
            var sum = 0.0
            for i in 0..<width {
                let difference =
                    Double(PatchGrid.normalized(pixels[point * width + i])) - Double(codebook[Int(code) * width + i])
                sum += difference * difference
            }
            return sum * Double(counts[point])
        }
        return Array(
            errors.indices.sorted { errors[$0] != errors[$1] ? errors[$0] > errors[$1] : $0 < $1 }.prefix(wanted))
    }
}
