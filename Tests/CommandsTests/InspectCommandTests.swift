import Determinism
import DurableFiles
import Foundation
import HDF5
import Ledger
import Pictures
import TestSupport
import Testing
import WorkGraph

/// The built `orchestrate`, run as a child.
private let program = Programs.path("orchestrate")

@Suite(
    "The command inspect",
    .enabled(if: FileManager.default.isExecutableFile(atPath: program), "the executable has not been built"))
struct InspectCommandTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func inspect(_ arguments: String...) throws -> (status: Int32, output: String, errors: String) {
        try Programs.run([program, "inspect"] + arguments, directory: directory.path)
    }

    /// A store in which run `brave-heron` has a unit `figures` with two small outputs.
    private func makeStore() throws {
        let store = try ArtifactStore(directory.path + "/.orchestrate")
        let unit = WorkUnit(
            name: "figures", kind: "Measure", kindVersion: 1, parameters: [:], options: [:], inputs: [], sources: [],
            outputs: ["loss", "notes"].map { OutputDeclaration(name: $0, type: PortType("Figures")) },
            resources: ResourceRequest(), seed: 1, numericsVersion: 1, isDeterministic: true, estimate: WorkEstimate(),
            location: nil)
        let run = try RunDirectory.create(
            RunRecord(
                name: "brave-heron", recipe: "r", recipePath: "/r.swift", parameters: [:], seed: 1,
                started: 1_700_000_000), in: store.layout)
        try run.writeGraph(WorkGraph(recipe: "r", seed: 1, units: [unit]))
        let journal = try RunJournal(
            run.journal,
            run: RunSummary(
                run: "brave-heron", recipe: "r", recipePath: "/r.swift", status: .running, started: 1_700_000_000,
                parameters: [:], seed: 1, rankCount: 1), fence: 1, host: "h")
        try journal.append([
            .units([UnitOutcome(name: "figures", kind: "Measure", key: unit.key, reason: "never run")])
        ])
        let manifest = try store.commitInline([
            InlineCommit(
                unit: unit, inputs: [:], outputs: [Array("{\"loss\":0.25}".utf8), Array("{\"text\":\"good\"}".utf8)])
        ])[0]
        try journal.append([
            .ran(0, attempt: 1, ranks: [0], startSeconds: 1, endSeconds: 2),
            .outputs(0, manifest.outputs, key: manifest.key), .status(.done, atSeconds: 3),
        ])
        try journal.close()
    }

    @Test func `an episode is drawn as an animation and a strip, and actions as histograms`() throws {
        let file = Fixtures.path("robomimic.hdf5")
        let drawn = try inspect(file, "--episode", "demo_10", "--gif", "a.gif", "--png", "a.png", "--histogram")
        #expect(drawn.status == 0, "\(drawn)")
        let gif = try [UInt8](Data(contentsOf: URL(fileURLWithPath: directory.path + "/a.gif")))
        #expect(gif.starts(with: Array("GIF89a".utf8)) && gif.last == 0x3B)
        // Twelve pixels are shown sixteenfold; the chart is below.
        #expect(Array(gif[6..<10]) == [192, 0, 248, 0])
        let strip = try PNG.decode([UInt8](Data(contentsOf: URL(fileURLWithPath: directory.path + "/a.png"))))
        #expect(strip.width == 6 + 4 * (192 + 6))
        #expect(drawn.output.contains("action_1") && drawn.output.contains("█"))
        // By position it is another one.
        #expect(try inspect(file, "--episode", "6", "--gif", "b.gif").status == 0)
        #expect(try [UInt8](Data(contentsOf: URL(fileURLWithPath: directory.path + "/b.gif"))) == gif)
        let missing = try inspect(file, "--episode", "demo_77", "--gif", "c.gif")
        #expect(missing.status == 66 && missing.errors.contains("there are 7, 'demo_0' to 'demo_10'"), "\(missing)")
        #expect(try inspect(file, "--episode", "1").status == 64)
        #expect(try inspect(file, "--gif", "c.gif").status == 64)
    }

    @Test func `a file of demonstrations is described on standard output and nothing else is said`() throws {
        let result = try inspect(Fixtures.path("robomimic.hdf5"))
        #expect(result.status == 0)
        #expect(result.errors == "")
        #expect(result.output.contains("demonstrations in the robomimic layout"))
        #expect(result.output.contains("push the block left"))
    }

    @Test func `the JSON form is one object with a schema`() throws {
        let result = try inspect(Fixtures.path("ragged.hdf5"), "--json", "--png", "sheet.png")
        #expect(result.status == 0)
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        #expect(object["schema"] as? Int == 1)
        #expect(object["png"] as? String == "sheet.png")
        let things = try #require(object["things"] as? [[String: Any]])
        #expect(things.map { $0["kind"] as? String } == ["HDF5 file"])
        let facts = try #require(things[0]["facts"] as? [String: Any])
        let demonstrations = try #require(facts["demonstrations"] as? [String: Any])
        #expect((demonstrations["damaged"] as? [Any])?.count == 1)
        #expect(facts["tree"] != nil)
        // The picture is there and whole.
        let picture = try PNG.decode(DurableFiles.read(directory.path + "/sheet.png"))
        #expect(picture.width > 800)
    }

    @Test func `names in a file cannot move the cursor of a terminal`() throws {
        let path = directory.path + "/escape.hdf5"
        let file = try HDF5FileWriter(creating: path)
        try file.root.write("red\u{1B}[31m", [Float(1)], shape: [1])
        try file.flush()
        let result = try inspect(path)
        #expect(result.status == 0)
        #expect(result.output.contains("red�[31m") && !result.output.contains("\u{1B}"))
    }

    @Test func `an output is named by unit, or by run, unit and output`() throws {
        try makeStore()
        let all = try inspect("figures")
        #expect(all.status == 0)
        #expect(all.output.contains("loss: JSON file") && all.output.contains("notes: JSON file"))
        let one = try inspect("brave-heron:figures/loss")
        #expect(one.status == 0)
        #expect(one.output.contains("loss  0.25") && !one.output.contains("notes"))
        // A file of that name comes first.
        try DurableFiles.write("{\"mine\":1}", to: directory.path + "/figures")
        #expect(try inspect("figures").output.contains("mine  1"))
    }

    @Test func `what is not there, unreadable or without pictures has a code and a reason of its own`() throws {
        try makeStore()
        for (arguments, status, reason) in [
            (["none.hdf5"], 66, "there is no file or folder 'none.hdf5'"),
            (["figurs"], 66, "Did you mean 'figures'?"),
            (["figures/los"], 66, "Did you mean 'loss'?"),
            (["calm-otter:figures"], 66, "calm-otter"),
            ([Fixtures.path("make_fixtures.py")], 65, "expected an HDF5 file"),
            (["figures/loss", "--png", "x.png"], 65, "without pictures"),
            (["figures", "--png", "x.png"], 64, "several outputs"),
            ([Fixtures.path("robomimic.hdf5"), "--png", "no/such/x.png"], 73, "'no/such/x.png'"),
        ] {
            let result = try Programs.run([program, "inspect"] + arguments, directory: directory.path)
            #expect(result.status == Int32(status), "\(arguments): \(result.errors)")
            #expect(result.errors.contains(reason), "\(arguments): \(result.errors)")
            #expect(result.output == "")
        }
    }
}
