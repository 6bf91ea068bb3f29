// Tests of the room HDF5.
