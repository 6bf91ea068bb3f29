import CompiledAloha
import CompiledBalls
import CompiledHello
import CompiledPushT
import CompiledPython
import CompiledSimulate
import CompiledSoccer
import CompiledSweep
import Determinism
import Episodes
import Foundation
import RecipeLanguage
import Recipes
import TestSupport
import Testing
import Units
import WorkGraph

/// Every file of `recipes/` means the same to the compiler and to the reader.
@Suite("Shipped recipes")
struct ShippedRecipeTests {
    struct Shipped: Sendable, CustomTestStringConvertible {
        let file: String
        let compiled: @Sendable () -> Recipe
        var testDescription: String { file }
    }

    static let all: [Shipped] = [
        Shipped(file: "hello.swift") { CompiledHello.it }, Shipped(file: "simulate.swift") { CompiledSimulate.it },
        Shipped(file: "pusht.swift") { CompiledPushT.it }, Shipped(file: "sweep.swift") { CompiledSweep.it },
        Shipped(file: "python.swift") { CompiledPython.it }, Shipped(file: "aloha.swift") { CompiledAloha.it },
        Shipped(file: "balls.swift") { CompiledBalls.it }, Shipped(file: "soccer.swift") { CompiledSoccer.it },
    ]

    static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// A project with the recipes and a small file of demonstrations where they expect one.
    static let project: Result<String, any Error> = Result {
        let folder = NSTemporaryDirectory() + "shipped-recipes-\(getpid())"
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(atPath: folder + "/data", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: folder + "/recipes", withDestinationPath: package + "/recipes")
        let writer = try RobomimicWriter(creating: folder + "/data/demonstrations.hdf5", environment: "{}")
        for number in 0..<12 {
            let steps = 6
            try writer.append(
                Episode(
                    id: "demo_\(number)", instruction: "push the block",
                    cameras: [
                        "agentview_image": ImageSequence(
                            height: 96, width: 96, channels: 3,
                            pixels: [UInt8](repeating: UInt8(number), count: steps * 96 * 96 * 3))
                    ],
                    sensors: [
                        "agent_pos": Matrix(rows: steps, columns: 2, values: [Float](repeating: 1, count: steps * 2))
                    ],
                    actions: Matrix(rows: steps, columns: 2, values: [Float](repeating: 0.5, count: steps * 2))))
        }
        try writer.finish()
        try FileManager.default.createSymbolicLink(
            atPath: folder + "/data/aloha", withDestinationPath: Fixtures.path("aloha"))
        try FileManager.default.createSymbolicLink(
            atPath: folder + "/data/soccer.hdf5", withDestinationPath: Fixtures.path("d4rl.hdf5"))
        let balls = try RobomimicWriter(creating: folder + "/data/balls.hdf5", environment: "{}")
        for number in 0..<3 {
            try balls.append(
                Episode(
                    id: "demo_\(number)", instruction: "red ball",
                    cameras: [
                        "image": ImageSequence(
                            height: 64, width: 64, channels: 3, pixels: .init(repeating: 9, count: 4 * 64 * 64 * 3))
                    ],
                    sensors: ["wall_hits": Matrix(rows: 4, columns: 1, values: [0, 0, 1, 0])],
                    actions: Matrix(rows: 4, columns: 2, values: .init(repeating: 0.5, count: 8))))
        }
        try balls.finish(masks: ["train": ["demo_0"], "valid": ["demo_1"], "test": ["demo_2"]])
        return folder
    }

    static func compile(_ recipe: Recipe) throws -> CompiledRecipe {
        try recipe.compile(projectDirectory: project.get()) { path in
            let bytes = [UInt8](FileManager.default.contents(atPath: path) ?? Data())
            return (Digest(of: bytes), bytes.count)
        }
    }

    static func read(_ file: String, set settings: [(name: String, text: String)] = []) throws -> Recipe {
        let content = try String(contentsOfFile: package + "/recipes/" + file, encoding: .utf8)
        return try RecipeReader(catalogue: .builtIn).read(RecipeText(file: file, content: content), settings: settings)
    }

    @Test("the compiler and the reader make the same graph", arguments: all)
    func sameGraph(shipped: Shipped) throws {
        let read = try Self.compile(Self.read(shipped.file))
        let compiled = try Self.compile(shipped.compiled())
        #expect(read.graph.units.map(\.key) == compiled.graph.units.map(\.key))
        #expect(read.graph.units.map(\.kind) == compiled.graph.units.map(\.kind))
        #expect(read.graph.units.map(\.resources) == compiled.graph.units.map(\.resources))
        #expect(read.graph.seed == compiled.graph.seed)
        #expect(Set(read.parameters) == Set(compiled.parameters))
        #expect(read.warnings.isEmpty)
    }

    @Test("all files of the folder are compared")
    func complete() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.package + "/recipes")
        #expect(files.filter { $0.hasSuffix(".swift") }.sorted() == Self.all.map(\.file).sorted())
    }

    @Test("hello has three calls of Command and a fan-out")
    func hello() throws {
        let graph = try Self.compile(Self.read("hello.swift")).graph
        #expect(graph.units.count == 7)
        #expect(graph.childPositions()[0].count == 3)
        #expect(graph.units.contains { $0.name == "hello[line=2]" })
    }

    @Test("steps decide the training and what follows it, nothing before")
    func changedSteps() throws {
        let before = try Self.compile(Self.read("pusht.swift")).graph
        let after = try Self.compile(Self.read("pusht.swift", set: [("steps", "1200")])).graph
        let keys = Set(before.units.map(\.key))
        #expect(after.units.filter { !keys.contains($0.key) }.map(\.kind).sorted() == ["Evaluate", "Export", "Train"])
    }

    @Test("moving the data changes no key")
    func movedData() throws {
        let project = try Self.project.get()
        let moved = project + "/moved-\(UInt32.random(in: 0...UInt32.max)).hdf5"
        try FileManager.default.copyItem(atPath: project + "/data/demonstrations.hdf5", toPath: moved)
        let before = try Self.compile(Self.read("pusht.swift")).graph
        let after = try Self.compile(Self.read("pusht.swift", set: [("data", moved)])).graph
        #expect(before.units.map(\.key) == after.units.map(\.key))
    }

    @Test("data without the camera that is asked for is diagnosed at plan")
    func missingCamera() throws {
        let error = try #require(throws: RecipeError.self) {
            try Self.compile(Self.read("pusht.swift", set: [("cameras", "agentview_imag")]))
        }
        #expect("\(error)".contains("agentview_imag"))
    }
}
