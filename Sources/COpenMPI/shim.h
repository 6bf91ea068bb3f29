#pragma once
#include <mpi.h>

// Open MPI's handles are casts of addresses and its statuses casts of zero, which Swift does not import.
static inline MPI_Comm orc_mpi_comm_world(void) { return MPI_COMM_WORLD; }
static inline MPI_Comm orc_mpi_comm_null(void) { return MPI_COMM_NULL; }
static inline MPI_Datatype orc_mpi_byte(void) { return MPI_BYTE; }
static inline MPI_Errhandler orc_mpi_errors_return(void) { return MPI_ERRORS_RETURN; }
static inline MPI_Request orc_mpi_request_null(void) { return MPI_REQUEST_NULL; }
static inline int orc_mpi_any_source(void) { return MPI_ANY_SOURCE; }
static inline int orc_mpi_success(void) { return MPI_SUCCESS; }
static inline int orc_mpi_undefined(void) { return MPI_UNDEFINED; }
static inline int orc_mpi_thread_multiple(void) { return MPI_THREAD_MULTIPLE; }
static inline int orc_mpi_max_error_string(void) { return MPI_MAX_ERROR_STRING; }
static inline int orc_mpi_max_library_version_string(void) { return MPI_MAX_LIBRARY_VERSION_STRING; }
static inline int orc_mpi_max_processor_name(void) { return MPI_MAX_PROCESSOR_NAME; }
static inline MPI_Info orc_mpi_info_null(void) { return MPI_INFO_NULL; }
static inline int orc_mpi_comm_type_shared(void) { return MPI_COMM_TYPE_SHARED; }

/// Sums floats over all ranks in whatever order MPI likes and leaves each rank its part: for benchmarks that compare with it.
static inline int orc_mpi_sum_scatter(const float *from, float *into, const int *counts) {
    return MPI_Reduce_scatter(from, into, counts, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
}
