import CKernels
import Foundation

// M rows, N columns, K inner dimension. Matrices are row-major and dense.

/// The float kernels of one instruction set.
///
/// Every operation's bits are defined in `Documentation/Numerics.md` and do not depend on the set. Shapes are checked: a wrong one
/// is a caller's bug and stops the program.
@safe public struct Kernels: @unchecked Sendable {
    /// The instruction set.
    public let set: KernelSet
    /// Safety: points to a constant of the program.
    let table: UnsafePointer<orc_kernels>

    /// The threads that share an operation; `nil` for the calling one alone.
    let team: ThreadTeam?

    /// Where the time of products and attention is booked, if it is.
    let book: TimeBook?

    /// How many threads share an operation.
    public var threads: Int { team?.count ?? 1 }

    /// The kernels of `set`, each operation shared by `threads` threads; bits do not depend on how many.
    ///
    /// With several threads the kernels and their copies serve one caller at a time.
    ///
    /// - Throws: ``KernelError`` when this processor lacks the set or the system the threads.
    public init(_ set: KernelSet, threads: Int = 1, book: TimeBook? = nil) throws {
        guard let table = unsafe orc_kernels_of(set.index) else {
            throw KernelError.unavailableSet(set, available: KernelSet.available)
        }
        guard orc_float_environment_is_exact() != 0 else { throw KernelError.floatEnvironment }
        self.set = set
        self.book = book
        team = threads > 1 ? try ThreadTeam(threads) : nil
        unsafe self.table = table
    }

    /// The set that `ORCHESTRATE_KERNELS` names, or the fastest there is.
    ///
    /// - Throws: ``KernelError`` for an unknown name, a set that this processor lacks, or a thread with flushed subnormals.
    public static func current(threads: Int = 1, book: TimeBook? = nil) throws -> Kernels {
        guard let name = ProcessInfo.processInfo.environment["ORCHESTRATE_KERNELS"], !name.isEmpty else {
            return try Kernels(KernelSet.available.last ?? .scalar, threads: threads, book: book)
        }
        guard let set = KernelSet(rawValue: name) else { throw KernelError.unknownSet(name) }
        return try Kernels(set, threads: threads, book: book)
    }

    /// Checks that this thread keeps subnormals and rounds to nearest.
    ///
    /// - Throws: ``KernelError`` with code `floatEnvironment`.
    public func checkFloatEnvironment() throws {
        guard orc_float_environment_is_exact() != 0 else { throw KernelError.floatEnvironment }
    }
}
