import COpenMPI

/// Messages of any length between the ranks of one communicator, sent without waiting and received by looking.
///
/// Used by one thread, the control thread of a rank. Messages between one pair of ranks arrive in the order sent.
public struct Mailbox: ~Copyable {
    /// Bytes from another rank.
    public struct Letter: Sendable {
        public let sender: Int
        public let bytes: [UInt8]
    }

    /// A letter on its way; its bytes live here until MPI has them.
    @safe
    private struct Departure {
        var request: MPI_Request?
        let memory: UnsafeMutableRawBufferPointer
    }

    /// Letters have a tag of their own: a gang on the same channel may be further on already.
    private static let tag: Int32 = 0

    public let communicator: Communicator
    private var departures: [Departure] = []

    public init(_ communicator: Communicator) {
        self.communicator = communicator
    }

    /// Letters that have not left yet.
    public var pendingCount: Int { departures.count }

    /// Starts a letter of at most 1 GiB on its way and returns at once.
    public mutating func send(_ bytes: [UInt8], to rank: Int) throws(RanksError) {
        precondition(bytes.count <= MPIGang.pieceBytes, "a letter holds at most 1 GiB")
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 16)
        unsafe memory.copyBytes(from: bytes)
        var request: MPI_Request?
        do {
            try check(
                "MPI_Isend", rank: communicator.rank,
                unsafe MPI_Isend(
                    memory.baseAddress, Int32(bytes.count), orc_mpi_byte(), Int32(rank), Self.tag, communicator.handle,
                    &request))
        } catch {
            unsafe memory.deallocate()
            throw error
        }
        departures.append(unsafe Departure(request: request, memory: memory))
        if departures.count > 16 { try flush() }
    }

    /// Takes the oldest letter that has arrived, if any.
    public mutating func receive() throws(RanksError) -> Letter? {
        var found: Int32 = 0
        var message: MPI_Message?
        var status = MPI_Status()
        try check(
            "MPI_Improbe", rank: communicator.rank,
            unsafe MPI_Improbe(
                orc_mpi_any_source(), Self.tag, communicator.handle, &found, &message, &status))
        guard found != 0 else {
            if !departures.isEmpty { try flush() }
            return nil
        }
        var length: Int32 = 0
        try check("MPI_Get_count", rank: communicator.rank, unsafe MPI_Get_count(&status, orc_mpi_byte(), &length))
        var code: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Int(length)) { buffer, count in
            code = unsafe MPI_Mrecv(buffer.baseAddress, length, orc_mpi_byte(), &message, &status)
            count = Int(length)
        }
        try check("MPI_Mrecv", rank: communicator.rank, code)
        return Letter(sender: Int(status.MPI_SOURCE), bytes: bytes)
    }

    /// Lets go of letters that have left.
    public mutating func flush() throws(RanksError) {
        var kept: [Departure] = []
        for var departure in departures {
            var done: Int32 = 0
            var status = MPI_Status()
            try check("MPI_Test", rank: communicator.rank, unsafe MPI_Test(&departure.request, &done, &status))
            if done != 0 { unsafe departure.memory.deallocate() } else { kept.append(departure) }
        }
        departures = kept
    }

    /// Waits until every letter has left or `seconds` have passed.
    public mutating func drain(seconds: Double) throws(RanksError) {
        var wait = BackOff()
        let clock = ContinuousClock()
        let end = clock.now + .seconds(seconds)
        while pendingCount > 0, clock.now < end {
            try flush()
            wait.pause()
        }
    }
}
