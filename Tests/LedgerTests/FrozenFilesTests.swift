import Determinism
import DurableFiles
import Foundation
import Ledger
import TestSupport
import Testing
import WorkGraph

@Suite("Frozen files")
struct FrozenFilesTests {
    private func source(_ path: String, port: String = "arguments") throws -> SourceBinding {
        let (digest, bytes) = try SourceDigests(StoreLayout("/nonexistent")).digest(path)
        return SourceBinding(port: port, path: path, digest: digest, bytes: bytes)
    }

    @Test func `what a run's programs read stays as it was; what lies beside is found`() throws {
        let place = try TemporaryDirectory()
        let project = place.path + "/project"
        let layout = StoreLayout(place.path + "/store")
        try DurableFiles.createDirectory(project + "/tools/parts/deep")
        for (path, text) in [
            ("tools/fit.py", "import helper"), ("tools/helper.py", "x = 1"), ("tools/parts/a.txt", "a"),
            ("tools/parts/deep/b.txt", "b"), ("table.csv", "1,2"), (".hidden", "no"),
        ] { try DurableFiles.write(text, to: project + "/" + path) }
        let run = try Sample.run("r", started: 1, units: [], in: layout)
        let outside = place.path + "/outside.txt"
        try DurableFiles.write("far", to: outside)
        let command = Sample.unit(
            1, kind: "Command",
            sources: [
                try source(project + "/tools/fit.py"), try source(project + "/tools/parts"), try source(outside),
            ])
        let other = Sample.unit(2, kind: "Ingest", sources: [try source(project + "/table.csv", port: "data")])
        let graph = WorkGraph(recipe: "sample", seed: 1, units: [command, other])
        let frozen = try FrozenFiles.freeze(
            graph, ofKinds: ["Command"], projectDirectory: project, for: run)
        #expect(frozen.units.map(\.key) == graph.units.map(\.key))
        let paths = frozen.units[0].sources.map(\.path)
        let folder = run.path + "/files"
        #expect(paths == [folder + "/tools/fit.py", folder + "/tools/parts", outside])
        #expect(frozen.units[1].sources.map(\.path) == [project + "/table.csv"])
        try DurableFiles.write("import nothing", to: project + "/tools/fit.py")
        try DurableFiles.write("changed", to: project + "/tools/parts/deep/b.txt")
        try DurableFiles.write("x = 2", to: project + "/tools/helper.py")
        func text(_ path: String) throws -> String {
            String(decoding: try DurableFiles.read(folder + "/" + path), as: UTF8.self)
        }
        #expect(try text("tools/fit.py") == "import helper" && text("tools/parts/deep/b.txt") == "b")
        // Not declared, and so live.
        #expect(try text("tools/helper.py") == "x = 2" && text("table.csv") == "1,2")
        #expect(!DurableFiles.exists(folder + "/.hidden"))
        // Removing the run leaves the project alone.
        try run.remove()
        #expect(DurableFiles.exists(project + "/tools/helper.py") && DurableFiles.exists(project + "/table.csv"))
    }

    @Test func `a file that was changed since it was planned is told`() throws {
        let place = try TemporaryDirectory()
        let project = place.path + "/project"
        let layout = StoreLayout(place.path + "/store")
        try DurableFiles.createDirectory(project)
        try DurableFiles.write("old", to: project + "/fit.py")
        let unit = Sample.unit(1, kind: "Command", sources: [try source(project + "/fit.py")])
        try DurableFiles.write("new", to: project + "/fit.py")
        let run = try Sample.run("r", started: 1, units: [], in: layout)
        let error = #expect(throws: LedgerError.self) {
            _ = try FrozenFiles.freeze(
                WorkGraph(recipe: "sample", seed: 1, units: [unit]), ofKinds: ["Command"],
                projectDirectory: project, for: run)
        }
        #expect(error?.exitCode == ExitCode.badData && error?.message.contains("fit.py") == true)
    }
}
