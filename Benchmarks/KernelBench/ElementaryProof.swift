import Foundation
import Kernels
import Synchronization

/// Every one of the 2^32 inputs of every elementary function, on every kernel set.
///
/// A hash of the values, and once for each function the largest error against fp64; silu is a formula over exp and has a hash alone.
enum ElementaryProof {
    static let block = 1 << 20

    /// Prints a line of JSON for each function and set.
    static func run(threads: Int) throws {
        for function in ElementaryFunction.allCases {
            for (number, set) in KernelSet.available.reversed().enumerated() {
                let kernels = try Kernels(set)
                let clock = ContinuousClock()
                let start = clock.now
                let errors = number == 0 && function != .silu
                let (hash, worst) = measure(function, kernels, threads: threads, errors: errors)
                let seconds = (clock.now - start) / .seconds(1)
                var line: [String: Any] = [
                    "function": function.rawValue, "set": set.rawValue, "hash": String(hash, radix: 16),
                    "seconds": seconds,
                ]
                if let worst { (line["ulp"], line["at"]) = (worst.error, String(worst.input, radix: 16)) }
                let data = try JSONSerialization.data(withJSONObject: line, options: .sortedKeys)
                print(String(decoding: data, as: UTF8.self))
                fflush(nil)
            }
        }
    }

    private struct Worst { var error = 0.0, input: UInt32 = 0 }

    private static func measure(
        _ function: ElementaryFunction, _ kernels: Kernels, threads: Int, errors: Bool
    ) -> (UInt64, (error: Double, input: UInt32)?) {
        let blocks = (1 << 32) / block
        let next = Atomic<Int>(0)
        let found = Mutex<(hash: UInt64, worst: Worst)>((0, Worst()))
        DispatchQueue.concurrentPerform(iterations: threads) { _ in
            let (x, y) = (FloatBuffer(count: block), FloatBuffer(count: block))
            while true {
                let number = next.add(1, ordering: .relaxed).oldValue
                guard number < blocks else { return }
                let inputs = UInt64(number * block)..<UInt64((number + 1) * block)
                let hash = function.hash(inputs, x, y, kernels)
                let worst = errors ? Self.worst(function, x, y) : Worst()
                found.withLock {
                    $0.hash &+= hash
                    let own = (worst.error, UInt32.max - worst.input)
                    if own > ($0.worst.error, UInt32.max - $0.worst.input) { $0.worst = worst }
                }
            }
        }
        let (hash, worst) = found.withLock { $0 }
        return (hash, errors ? (worst.error, worst.input) : nil)
    }

    /// The largest error of a block in units of the last place of the exact value; infinite where one is infinite or no number and
    /// the other is not.
    private static func worst(_ function: ElementaryFunction, _ x: FloatBuffer, _ y: FloatBuffer) -> Worst {
        var result = Worst()
        x.withUnsafeBufferPointer { x in
            y.withUnsafeBufferPointer { y in
                for i in x.indices {
                    let error = error(of: y[i], exact(function, Double(x[i])), function)
                    if error > result.error { result = Worst(error: error, input: x[i].bitPattern) }
                }
            }
        }
        return result
    }

    /// The value in fp64; near zero by series, whose rest is far below fp64's own rounding.
    private static func exact(_ function: ElementaryFunction, _ x: Double) -> Double {
        switch function {
        case .exp: x.magnitude < 0x1p-30 ? 1 + x : Foundation.exp(x)
        case .log: x < 0 ? .nan : Foundation.log(x)
        case .tanh: x.magnitude < 0x1p-14 ? x - x * x * x / 3 : Foundation.tanh(x)
        case .silu: x / (1 + Foundation.exp(-x))
        case .bf16: x
        }
    }

    private static func error(of y: Float, _ truth: Double, _ function: ElementaryFunction) -> Double {
        if truth.isNaN || y.isNaN { return truth.isNaN && y.isNaN ? 0 : .infinity }
        let rounded = Float(truth)
        if rounded.isInfinite || y.isInfinite {
            // The smallest number that rounds to infinity, and half a place below it.
            return rounded == y || truth.magnitude > 3.4028233e38 ? 0 : .infinity
        }
        guard function == .bf16 else { return abs(Double(y) - truth) / Double(rounded.ulp) }
        // bf16 has 16 bits less, and no subnormals: its last place there is the least normal number.
        let place = max(Double(rounded.ulp) * 65536, rounded.isSubnormal || truth == 0 ? 0x1p-126 : 0)
        return abs(Double(y) - truth) / place
    }
}
