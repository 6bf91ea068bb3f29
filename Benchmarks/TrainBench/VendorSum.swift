import COpenMPI
import Kernels
import Ranks
import Training

/// MPI's own sum of floats, whose order of additions depends on size and ranks.
enum VendorSum {
    struct Failure: Error { let code: Int32 }

    static var sum: UnorderedSum {
        UnorderedSum { gradient, shards, rank in
            guard shards.ranks > 1 else { return gradient[shards[rank]] }
            let counts = (0..<shards.ranks).map { Int32(shards[$0].count) }
            let result = FloatBuffer(count: shards[rank].count)
            let code = gradient.withUnsafeBufferPointer { from in
                result.withUnsafeMutableBufferPointer { into in
                    orc_mpi_sum_scatter(from.baseAddress, into.baseAddress, counts)
                }
            }
            guard code == orc_mpi_success() else { throw Failure(code: code) }
            return result.all
        }
    }
}
