import Recipes

/// The folders of one unit that is run by itself, in a scratch folder of its run.
struct SpinPlace: UnitPlace {
    /// The scratch folder, which exists with its members.
    let folder: String
    /// Whether a program's own output goes to files, because standard output is for data.
    let keepsOutput: Bool

    var outputDirectory: String { folder + "/outputs" }
    var workDirectory: String { folder + "/work" }
    var checkpointDirectory: String { folder + "/checkpoints" }

    func keep(_ bytes: [UInt8], as output: String) -> Bool { false }

    func logPath(_ stream: String) -> String? { keepsOutput ? "\(folder)/log.\(stream)" : nil }
}
