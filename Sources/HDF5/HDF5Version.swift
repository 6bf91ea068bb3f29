import CHDF5

/// The version of the C library that this process uses.
public enum HDF5Version {
    /// Such as `1.10.8`.
    public static var text: String {
        HDF5Library.locked {
            var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
            guard unsafe H5get_libversion(&major, &minor, &release) >= 0 else { return "unknown" }
            return "\(major).\(minor).\(release)"
        }
    }
}
