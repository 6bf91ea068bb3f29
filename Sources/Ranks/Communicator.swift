import COpenMPI

/// A set of ranks that can write to one another, apart from every other set.
///
/// Each thread that talks to other ranks has a communicator of its own.
///
/// Safety: the handle is written once; MPI itself is called from several threads under `MPI_THREAD_MULTIPLE`.
@safe
public final class Communicator: @unchecked Sendable {
    let handle: MPI_Comm
    /// This process's place, `0..<count`.
    public let rank: Int
    public let count: Int

    init(handle: MPI_Comm) throws(RanksError) {
        unsafe self.handle = unsafe handle
        try check("MPI_Comm_set_errhandler", rank: nil, unsafe MPI_Comm_set_errhandler(handle, orc_mpi_errors_return()))
        var rank: Int32 = 0
        var count: Int32 = 0
        try check("MPI_Comm_rank", rank: nil, unsafe MPI_Comm_rank(handle, &rank))
        try check("MPI_Comm_size", rank: Int(rank), unsafe MPI_Comm_size(handle, &count))
        self.rank = Int(rank)
        self.count = Int(count)
    }

    /// The same ranks on a new channel.
    ///
    /// Collective: every rank calls it, in the same order.
    public func duplicate() throws(RanksError) -> Communicator {
        var made: MPI_Comm? = unsafe orc_mpi_comm_null()
        try check("MPI_Comm_dup", rank: rank, unsafe MPI_Comm_dup(handle, &made))
        return try unsafe Self.adopting(made, call: "MPI_Comm_dup", rank: rank)
    }

    /// The ranks that give the same `color`, ordered by their rank here.
    ///
    /// Collective.
    public func split(color: Int) throws(RanksError) -> Communicator {
        var made: MPI_Comm? = unsafe orc_mpi_comm_null()
        try check("MPI_Comm_split", rank: rank, unsafe MPI_Comm_split(handle, Int32(color), Int32(rank), &made))
        return try unsafe Self.adopting(made, call: "MPI_Comm_split", rank: rank)
    }

    /// The ranks of this machine, which share its processors and memory.
    ///
    /// Collective.
    public func splitByMachine() throws(RanksError) -> Communicator {
        var made: MPI_Comm? = unsafe orc_mpi_comm_null()
        try check(
            "MPI_Comm_split_type", rank: rank,
            unsafe MPI_Comm_split_type(handle, orc_mpi_comm_type_shared(), Int32(rank), orc_mpi_info_null(), &made))
        return try unsafe Self.adopting(made, call: "MPI_Comm_split_type", rank: rank)
    }

    /// A communicator of `members` (ranks here, ascending), called by these alone.
    ///
    /// - Parameter tag: the same on all members; groups made at the same time by other ranks use other tags.
    /// - Precondition: this rank is a member.
    public func createGroup(of members: [Int], tag: Int32) throws(RanksError) -> Communicator {
        precondition(members.contains(rank), "a rank makes only groups it belongs to")
        var all: MPI_Group?
        try check("MPI_Comm_group", rank: rank, unsafe MPI_Comm_group(handle, &all))
        var chosen: MPI_Group?
        let ranks = members.map { Int32($0) }
        try check("MPI_Group_incl", rank: rank, unsafe MPI_Group_incl(all, Int32(ranks.count), ranks, &chosen))
        var made: MPI_Comm? = unsafe orc_mpi_comm_null()
        try check("MPI_Comm_create_group", rank: rank, unsafe MPI_Comm_create_group(handle, chosen, tag, &made))
        try check("MPI_Group_free", rank: rank, unsafe MPI_Group_free(&chosen))
        try check("MPI_Group_free", rank: rank, unsafe MPI_Group_free(&all))
        return try unsafe Self.adopting(made, call: "MPI_Comm_create_group", rank: rank)
    }

    /// Gives the channel back.
    ///
    /// Nothing may be in flight on it.
    public func free() throws(RanksError) {
        var handle: MPI_Comm? = unsafe handle
        try check("MPI_Comm_free", rank: rank, unsafe MPI_Comm_free(&handle))
    }

    /// Ends every process of the job with `code`.
    ///
    /// Returns only if MPI cannot do so.
    public func abort(code: Int32) { _ = unsafe MPI_Abort(handle, code) }

    private static func adopting(_ made: MPI_Comm?, call: String, rank: Int) throws(RanksError) -> Communicator {
        guard let made = unsafe made, unsafe made != orc_mpi_comm_null() else {
            throw RanksError(code: .call, call: call, rank: rank, message: "returned no communicator")
        }
        return try unsafe Communicator(handle: made)
    }
}
