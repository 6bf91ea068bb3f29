import WorkGraph

/// What every rank has to know before the first unit starts.
struct RunBriefing: Sendable {
    var runName: String
    var storeRoot: String
    /// Folder of the project the recipe was planned in.
    var projectDirectory: String
    /// Fence of the coordinator's session; staging areas carry it.
    var fence: Int
    var units: BriefedUnits

    var encoded: [UInt8] {
        var writer = WireWriter()
        writer.append(runName)
        writer.append(storeRoot)
        writer.append(projectDirectory)
        writer.append(fence)
        units.write(to: &writer)
        return writer.bytes
    }

    init(runName: String, storeRoot: String, projectDirectory: String, fence: Int, graph: WorkGraph) {
        self.runName = runName
        self.storeRoot = storeRoot
        self.projectDirectory = projectDirectory
        self.fence = fence
        units = .compiled(graph.units)
    }

    init(_ bytes: [UInt8]) throws(ExecutionError) {
        var reader = WireReader(bytes)
        runName = try reader.text()
        storeRoot = try reader.text()
        projectDirectory = try reader.text()
        fence = try reader.int()
        units = try BriefedUnits(from: &reader)
    }
}
