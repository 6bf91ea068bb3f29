public import Determinism
import COpenMPI

/// A failed MPI call, or a gang that cannot go on.
public struct RanksError: Error, Hashable, Sendable, CustomStringConvertible, ExitCoded {
    /// What kind of failure this is.
    public enum Code: Hashable, Sendable {
        /// An MPI routine returned an error.
        case call
        /// The MPI library does not let several threads call it.
        case threadSupport
        /// A message had another size than both sides had agreed on.
        case messageSize
        /// Waiting was ended from outside: another rank of the gang failed, or the run is being stopped.
        case interrupted
    }

    public let code: Code
    /// The MPI routine, such as `MPI_Isend`.
    public let call: String
    /// Rank in the communicator of the call; `nil` before ranks exist.
    public let rank: Int?
    /// What failed, with which value, and what to do.
    public let message: String

    public init(code: Code, call: String, rank: Int?, message: String) {
        self.code = code
        self.call = call
        self.rank = rank
        self.message = message
    }

    public var description: String {
        let place = rank.map { " on rank \($0)" } ?? ""
        return "\(call)\(place): \(message)"
    }

    public var exitCode: Int32 { ExitCode.software }

    /// Waiting on other ranks was given up for `reason`.
    public static func interrupted(_ reason: String, rank: Int) -> RanksError {
        RanksError(code: .interrupted, call: "Gang.exchange", rank: rank, message: reason)
    }
}

/// Checks the return code of one MPI call.
///
/// - Throws: ``RanksError`` naming the call, the rank and MPI's own text.
@inline(__always)
func check(_ call: StaticString, rank: Int?, _ code: Int32) throws(RanksError) {
    if code != orc_mpi_success() { throw failure(of: call, rank: rank, code: code) }
}

private func failure(of call: StaticString, rank: Int?, code: Int32) -> RanksError {
    var text = [CChar](repeating: 0, count: Int(orc_mpi_max_error_string()) + 1)
    var length: Int32 = 0
    let known = unsafe MPI_Error_string(code, &text, &length) == orc_mpi_success()
    let bytes = text.prefix(Int(length)).map { UInt8(bitPattern: $0) }
    let message = known ? String(decoding: bytes, as: UTF8.self) : "error \(code)"
    return RanksError(code: .call, call: "\(call)", rank: rank, message: message)
}
