import Foundation
import Kernels

/// The products of training beside those of vendors' libraries, one thread, in turns.
enum ProductBench {
    /// Prints a line for every shape, then geometric means; the last line is JSON.
    static func run(_ kernels: Kernels, libraries: [VendorLibrary], budget: Double) throws {
        let peak = MachinePeak.operationsPerSecond * 1e-9
        print("GFLOP/s of one thread, best of turns in processor time; peak of fused multiply-adds \(text(peak))")
        print(
            "shape".padded(52), kernels.set.rawValue.padded(10), libraries.map { $0.name.padded(10) }.joined(), "ratio")
        var logarithms: [Double] = []
        var shares: [Double] = []
        for shape in ProductShape.training {
            let rates = measure(shape, kernels, libraries, budget: budget)
            let best = rates.dropFirst().max()
            if let best { logarithms.append(log(rates[0] / best)) }
            if min(shape.m, shape.n, shape.k) >= 256 { shares.append(rates[0] / peak) }
            let sizes = "\(shape.m) x \(shape.n) x \(shape.k)"
            print(
                shape.name.padded(30), sizes.padded(21), rates.map { text($0).padded(10) }.joined(),
                best.map { text(rates[0] / $0) } ?? "")
        }
        let mean = logarithms.isEmpty ? nil : exp(logarithms.reduce(0, +) / Double(logarithms.count))
        let share = shares.reduce(0, +) / Double(max(1, shares.count))
        let figures: [String: Double?] = [
            "peakGigaflops": peak, "meanShareOfPeakFrom256": share, "leastShareOfPeakFrom256": shares.min(),
            "meanRatioToBest": mean,
        ]
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        print(String(decoding: try encoder.encode(figures.compactMapValues { $0 }), as: UTF8.self))
    }

    /// Ours first, then each library's.
    private static func measure(
        _ shape: ProductShape, _ kernels: Kernels, _ libraries: [VendorLibrary], budget: Double
    ) -> [Double] {
        let a = KernelBench.values(shape.m * shape.k)
        let b = KernelBench.values(shape.k * shape.n)
        let c = FloatBuffer(count: shape.m * shape.n)
        var bodies: [() -> Void] = [
            {
                kernels.matmul(
                    shape.transposedA ? .transposed(a) : .plain(a), shape.transposedB ? .transposed(b) : .plain(b),
                    into: c.all, rows: shape.m, columns: shape.n, inner: shape.k)
            }
        ]
        for library in libraries {
            bodies.append {
                a.buffer.withUnsafeBufferPointer { a in
                    b.buffer.withUnsafeBufferPointer { b in
                        c.withUnsafeMutableBufferPointer { c in
                            guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
                            library.product(shape, a, b, c)
                        }
                    }
                }
            }
        }
        var best = bodies.map { _ in Double.infinity }
        for body in bodies { body() }
        let end = Stopwatch.threadSeconds() + budget * Double(bodies.count)
        repeat {
            for (number, body) in bodies.enumerated() {
                // Twice, so that the second finds its own data in the caches.
                for _ in 0..<2 {
                    let start = Stopwatch.threadSeconds()
                    body()
                    best[number] = min(best[number], Stopwatch.threadSeconds() - start)
                }
            }
        } while Stopwatch.threadSeconds() < end
        return best.map { shape.operations / $0 * 1e-9 }
    }

    private static func text(_ value: Double) -> String { String(format: "%.2f", value) }
}

extension String {
    fileprivate func padded(_ width: Int) -> String { padding(toLength: width, withPad: " ", startingAt: 0) }
}
