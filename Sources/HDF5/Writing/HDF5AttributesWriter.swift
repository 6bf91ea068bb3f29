import CHDF5

/// The attributes of a group that is being written.
public struct HDF5AttributesWriter: Sendable {
    /// The file's path, for messages.
    let file: String
    let path: String
    let owner: HDF5Handle

    /// Writes a scalar integer.
    public func set(_ name: String, _ value: Int) throws(HDF5Error) {
        var stored = Int64(value)
        try set(name, type: { orc_h5t_int64() }) { unsafe H5Awrite($0, orc_h5t_int64(), &stored) }
    }

    /// Writes a scalar fp64 number.
    public func set(_ name: String, _ value: Double) throws(HDF5Error) {
        var stored = value
        try set(name, type: { orc_h5t_double() }) { unsafe H5Awrite($0, orc_h5t_double(), &stored) }
    }

    /// Writes text as a variable-length UTF-8 string, as h5py does.
    public func set(_ name: String, _ value: String) throws(HDF5Error) {
        let type = HDF5Handle(
            try HDF5Library.call(.writeFailed, file: file, object: path + "@" + name, "its type cannot be made") {
                () -> hid_t in
                let type = H5Tcopy(orc_h5t_c_s1())
                H5Tset_size(type, orc_h5t_variable())
                H5Tset_cset(type, H5T_CSET_UTF8)
                return type
            })
        try set(name, type: { type.id }) { attribute in
            unsafe value.withCString { text in
                var pointer: UnsafePointer<CChar>? = unsafe text
                return unsafe H5Awrite(attribute, type.id, &pointer)
            }
        }
    }

    private func set(_ name: String, type: () -> hid_t, _ write: (hid_t) -> herr_t) throws(HDF5Error) {
        try HDF5Library.call(
            .writeFailed, file: file, object: path + "@" + name, "the attribute cannot be written"
        ) {
            () -> herr_t in
            let space = H5Screate(H5S_SCALAR)
            defer { orc_h5_close(space) }
            let attribute = unsafe H5Acreate2(owner.id, name, type(), space, 0, 0)
            guard attribute >= 0 else { return -1 }
            defer { orc_h5_close(attribute) }
            return write(attribute)
        }
    }
}
