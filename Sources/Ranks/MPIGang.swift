import COpenMPI
import Glibc

/// The ranks of one communicator as a ``Gang``.
///
/// Waiting polls and backs off, so that a rank that waits for a slower one leaves its core to others.
///
/// Safety: one thread uses a gang at a time; `interruption` is itself sendable.
public final class MPIGang: Gang, Sendable {
    public let communicator: Communicator
    /// Why waiting must end now, or `nil`; asked while a wait is long.
    private let interruption: @Sendable () -> String?

    /// Messages longer than this travel in pieces: MPI counts in 32 bits.
    static let pieceBytes = 1 << 30
    private static let barrierTag: Int32 = 40_000

    /// The gang of `communicator`.
    ///
    /// - Parameter interruption: returns a reason when waiting on the other ranks has become pointless.
    public init(_ communicator: Communicator, interruption: @escaping @Sendable () -> String? = { nil }) {
        self.communicator = communicator
        self.interruption = interruption
    }

    public var rank: Int { communicator.rank }
    public var count: Int { communicator.count }

    public func exchange(sending messages: [OutgoingMessage], receiving receptions: [IncomingMessage]) throws {
        var requests: [MPI_Request?] = unsafe []
        var expected: [Int] = []
        do {
            for reception in receptions {
                var start = 0
                repeat {
                    let length = unsafe min(Self.pieceBytes, reception.bytes.count - start)
                    var request: MPI_Request?
                    let base = unsafe reception.bytes.baseAddress.map { unsafe $0 + start }
                    try check(
                        "MPI_Irecv", rank: rank,
                        unsafe MPI_Irecv(
                            base, Int32(length), orc_mpi_byte(), Int32(reception.source), reception.tag,
                            communicator.handle, &request))
                    unsafe requests.append(request)
                    expected.append(length)
                    start += length
                } while unsafe start < reception.bytes.count
            }
            for message in messages {
                var start = 0
                repeat {
                    let length = unsafe min(Self.pieceBytes, message.bytes.count - start)
                    var request: MPI_Request?
                    let base = unsafe message.bytes.baseAddress.map { unsafe $0 + start }
                    try check(
                        "MPI_Isend", rank: rank,
                        unsafe MPI_Isend(
                            base, Int32(length), orc_mpi_byte(), Int32(message.destination), message.tag,
                            communicator.handle, &request))
                    unsafe requests.append(request)
                    start += length
                } while unsafe start < message.bytes.count
            }
        } catch {
            unsafe abandon(&requests, receives: expected.count)
            throw error
        }
        try unsafe complete(&requests, expected: expected)
    }

    /// Polls until every request is complete.
    private func complete(_ requests: inout [MPI_Request?], expected: [Int]) throws(RanksError) {
        if unsafe requests.isEmpty { return }
        var statuses = unsafe [MPI_Status](repeating: MPI_Status(), count: requests.count)
        var wait = BackOff()
        while true {
            var done: Int32 = 0
            let code = unsafe MPI_Testall(Int32(requests.count), &requests, &done, &statuses)
            if code != orc_mpi_success() {
                let errors = statuses.map(\.MPI_ERROR).filter { $0 != orc_mpi_success() }
                unsafe abandon(&requests, receives: expected.count)
                try check("MPI_Testall", rank: rank, errors.first ?? code)
            }
            if done != 0 { break }
            if wait.isSleeping, let reason = interruption() {
                unsafe abandon(&requests, receives: expected.count)
                throw .interrupted(reason, rank: rank)
            }
            wait.pause()
        }
        for (position, length) in expected.enumerated() {
            var received: Int32 = 0
            try check(
                "MPI_Get_count", rank: rank, unsafe MPI_Get_count(&statuses[position], orc_mpi_byte(), &received))
            guard Int(received) == length else {
                throw RanksError(
                    code: .messageSize, call: "MPI_Irecv", rank: rank,
                    message: "rank \(statuses[position].MPI_SOURCE) sent \(received) bytes where \(length) were "
                        + "expected; the ranks of this gang disagree on what they exchange")
            }
        }
    }

    /// Takes receives back and gives sends a moment to leave, so that their memory may be reused.
    private func abandon(_ requests: inout [MPI_Request?], receives: Int) {
        for position in 0..<receives where unsafe requests[position] != orc_mpi_request_null() {
            _ = unsafe MPI_Cancel(&requests[position])
        }
        var wait = BackOff()
        for _ in 0..<3000 {
            var done: Int32 = 0
            var statuses = unsafe [MPI_Status](repeating: MPI_Status(), count: requests.count)
            let code = unsafe MPI_Testall(Int32(requests.count), &requests, &done, &statuses)
            if done != 0 || code != orc_mpi_success() { return }
            wait.pause()
        }
        // A send that nobody takes still reads the caller's memory: this process cannot go on.
        communicator.abort(code: 70)
    }

    public func barrier() throws {
        var step = 1
        var out: UInt8 = 1
        var into: UInt8 = 0
        while step < count {
            unsafe try withUnsafeBytes(of: &out) { outBytes in
                unsafe try withUnsafeMutableBytes(of: &into) { inBytes in
                    try unsafe exchange(
                        sending: [
                            OutgoingMessage(bytes: outBytes, destination: (rank + step) % count, tag: Self.barrierTag)
                        ],
                        receiving: [
                            IncomingMessage(
                                bytes: inBytes, source: (rank - step + count) % count, tag: Self.barrierTag)
                        ])
                }
            }
            step *= 2
        }
    }
}
