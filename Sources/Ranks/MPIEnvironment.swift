import COpenMPI
import Glibc

/// MPI from initialization to finalization, once per process.
///
/// A process that `mpirun` did not start has no need of it: ``MPIEnvironment/isLaunched`` tells, and ``SoloGang`` serves.
public struct MPIEnvironment: ~Copyable {
    /// All ranks of the job.
    public let world: Communicator

    /// Whether a launcher started this process as one of several.
    public static var isLaunched: Bool {
        unsafe getenv("OMPI_COMM_WORLD_SIZE") != nil || getenv("PMIX_RANK") != nil || getenv("PMI_RANK") != nil
    }

    /// How many ranks the launcher says it started, before MPI is initialized; 1 without a launcher.
    public static var launchedCount: Int {
        for name in ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_NTASKS"] {
            if isLaunched, let text = unsafe getenv(name), let count = unsafe Int(String(cString: text)) {
                return count
            }
        }
        return 1
    }

    /// Initializes MPI with `MPI_THREAD_MULTIPLE` and errors that return.
    ///
    /// - Throws: ``RanksError`` when MPI cannot start or grants fewer threads.
    public init() throws(RanksError) {
        var granted: Int32 = 0
        try check("MPI_Init_thread", rank: nil, unsafe MPI_Init_thread(nil, nil, orc_mpi_thread_multiple(), &granted))
        guard granted == orc_mpi_thread_multiple() else {
            MPI_Finalize()
            throw RanksError(
                code: .threadSupport, call: "MPI_Init_thread", rank: nil,
                message: "this MPI library grants thread level \(granted), \(orc_mpi_thread_multiple()) "
                    + "(MPI_THREAD_MULTIPLE) is needed; use an MPI built with thread support")
        }
        world = try unsafe Communicator(handle: orc_mpi_comm_world())
    }

    /// Leaves MPI.
    ///
    /// Every rank calls it when nothing is in flight any more.
    public consuming func finalize() throws(RanksError) {
        try check("MPI_Finalize", rank: world.rank, MPI_Finalize())
    }

    /// The library's own name and version, such as `Open MPI v4.1.4, …`.
    public static var libraryVersion: String {
        var text = [CChar](repeating: 0, count: Int(orc_mpi_max_library_version_string()) + 1)
        var length: Int32 = 0
        guard unsafe MPI_Get_library_version(&text, &length) == orc_mpi_success() else { return "unknown MPI" }
        let bytes = text.prefix(Int(length)).prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The name of this machine as MPI knows it.
    public static var processorName: String {
        var text = [CChar](repeating: 0, count: Int(orc_mpi_max_processor_name()) + 1)
        var length: Int32 = 0
        guard unsafe MPI_Get_processor_name(&text, &length) == orc_mpi_success() else { return "localhost" }
        return String(decoding: text.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
