import Foundation

/// Files in `Tests/Fixtures`, written by h5py with the script beside them.
public enum Fixtures {
    /// The path of a fixture.
    public static func path(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/" + name).path
    }
}

/// Recorded workflows beside the checkout, for tests that say so when they skip.
public enum SharedTraces {
    /// `../shared/traces/wf` beside the package, if it is there.
    public static let path: String? = {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = package.deletingLastPathComponent().appendingPathComponent("shared/traces/wf").path
        return FileManager.default.fileExists(atPath: folder) ? folder : nil
    }()
}
