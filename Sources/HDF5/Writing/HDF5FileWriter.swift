import CHDF5

/// An HDF5 file that is being written; closed when the last of it and its groups goes.
public final class HDF5FileWriter: Sendable {
    /// Path as given.
    public let path: String
    /// The group `/`.
    public let root: HDF5GroupWriter
    private let handle: HDF5Handle

    /// Creates a file, replacing an existing one.
    ///
    /// No times are recorded in it: equal contents written in equal order are equal bytes.
    /// - Throws: ``HDF5Error`` when it cannot be created.
    public init(creating path: String) throws(HDF5Error) {
        self.path = path
        let id = try HDF5Library.call(.cannotCreate, file: path, object: "", "cannot be created") { () -> hid_t in
            let access = orc_h5_writing_properties()
            let creation = H5Pcreate(orc_h5p_file_create())
            H5Pset_obj_track_times(creation, false)
            defer {
                orc_h5_close(access)
                orc_h5_close(creation)
            }
            return unsafe H5Fcreate(path, orc_h5f_acc_trunc(), creation, access)
        }
        handle = HDF5Handle(id)
        let root = try HDF5Library.call(.cannotCreate, file: path, object: "/", "cannot be created") {
            unsafe H5Gopen2(id, "/", 0)
        }
        self.root = HDF5GroupWriter(file: path, path: "/", handle: HDF5Handle(root))
    }

    /// Writes everything that is still in memory to the file.
    public func flush() throws(HDF5Error) {
        try HDF5Library.call(.writeFailed, file: path, object: "", "cannot be written; is the disk full?") {
            H5Fflush(handle.id, H5F_SCOPE_GLOBAL)
        }
    }
}
