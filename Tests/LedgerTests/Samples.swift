import Determinism
import DurableFiles
import Foundation
import Ledger
import TestSupport
import WorkGraph

/// Units, stores and runs that tests are made of.
enum Sample {
    /// A unit whose key depends on `number`.
    static func unit(
        _ number: Int, name: String? = nil, kind: String = "Noop", inputs: [PortBinding] = [],
        sources: [SourceBinding] = [],
        outputs: [String] = ["out"], parameters: [String: CanonicalValue] = [:], version: Int = 1
    ) -> WorkUnit {
        WorkUnit(
            name: name ?? "unit-\(number)", kind: kind, kindVersion: version,
            parameters: parameters.merging(["number": .int(Int64(number))]) { $1 }, options: [:], inputs: inputs,
            sources: sources,
            outputs: outputs.map { OutputDeclaration(name: $0, type: PortType("Bytes")) }, resources: ResourceRequest(),
            seed: 17,
            numericsVersion: 1, isDeterministic: true, estimate: WorkEstimate(), location: nil)
    }

    static func inline(_ number: Int, bytes: Int = 24) -> InlineCommit {
        InlineCommit(
            unit: unit(number), inputs: [:], outputs: [payload(number, bytes)],
            figures: number % 2 == 0 ? ["loss": Double(number)] : [:])
    }

    static func payload(_ number: Int, _ bytes: Int) -> [UInt8] {
        (0..<bytes).map { UInt8(truncatingIfNeeded: number &* 31 &+ $0) }
    }

    /// Writes `contents` below the staging area: output name, or `name/file` for folders.
    static func stage(_ contents: [String: String], in staging: StagingArea) throws {
        for (path, text) in contents.sorted(by: { $0.key < $1.key }) {
            let full = staging.outputs + "/" + path
            try DurableFiles.createDirectory(DurableFiles.parent(of: full))
            try DurableFiles.writeFile(Array(text.utf8), to: full)
        }
    }

    /// Makes a run with its lock and record.
    @discardableResult
    static func run(_ name: String, started: Double, units: [WorkUnit], in layout: StoreLayout) throws -> RunDirectory {
        let directory = try RunDirectory.create(
            RunRecord(name: name, recipe: "sample", recipePath: "", parameters: [:], seed: 17, started: started),
            in: layout)
        try lock(units).write(to: directory.lockFile)
        return directory
    }

    static func lock(_ units: [WorkUnit]) -> LockFile {
        LockFile(
            recipe: "sample", recipePath: "", recipeText: "", parameters: [:], seed: 17, inputs: [],
            units: units.map { .init(name: $0.name, key: $0.key) }, numericsVersion: 1, toolchain: "",
            programVersion: "0",
            libraries: [:], processor: "", git: nil)
    }
}

/// What stands for the machine stopping.
struct Crash: Error {}
