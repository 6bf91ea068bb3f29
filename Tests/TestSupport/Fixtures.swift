import Foundation

/// Files in `Tests/Fixtures`, written by h5py with the script beside them.
public enum Fixtures {
    /// The path of a fixture.
    public static func path(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/" + name).path
    }
}
