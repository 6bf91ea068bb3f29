#pragma once
#include <mpi.h>

// Open MPI's constants are casts of addresses, which Swift does not import.
static inline MPI_Comm orc_mpi_comm_world(void) { return MPI_COMM_WORLD; }
