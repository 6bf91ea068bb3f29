import ArgumentParser
import Determinism
import Foundation
import Ledger
import Recipes
import WorkGraph

/// Which units of a recipe are asked for, the same in `plan` and `submit`.
struct UnitSelection: ParsableArguments {
    @Option(help: ArgumentHelp("Go no further than this unit.", valueName: "unit"))
    var until: [String] = []

    @Option(help: ArgumentHelp("Only these units; what they read must be in the store.", valueName: "glob"))
    var only: [String] = []

    @Option(help: ArgumentHelp("Run this unit again although its result is there.", valueName: "unit"))
    var rerun: [String] = []

    @Option(
        name: .customLong("also-read"),
        help: ArgumentHelp(
            "Reuse what another store has, without writing to it; submit and run remember it. May be repeated.",
            valueName: "dir"))
    var alsoRead: [String] = []

    /// Folders of other stores, absolute.
    var alternates: [String] {
        alsoRead.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
    }

    /// The store, with those that are read beside it.
    func store(_ options: GlobalOptions) throws -> ArtifactStore {
        for path in alternates { try ArtifactStore.checkAlternate(path) }
        return try ArtifactStore(options.storePath, alsoReading: alternates)
    }

    /// The part of `graph` that is asked for, and the keys to run again.
    ///
    /// - Parameter isStored: whether a unit's result can be reused; asked only with `--only`.
    /// - Throws: `ValidationError` for a name that no unit has, with the nearest.
    func apply(
        to graph: WorkGraph, isStored: (WorkUnit) -> Bool
    ) throws -> (graph: WorkGraph, rerun: Set<WorkUnit.Key>) {
        var wanted: Set<Int> = []
        for name in until + only { wanted.formUnion(try positions(of: name, in: graph)) }
        var chosen = graph
        if !until.isEmpty || !only.isEmpty {
            let parents = graph.parentPositions()
            var kept = wanted
            var open = Array(wanted)
            while let unit = open.popLast() {
                for parent in parents[unit] where kept.insert(parent).inserted { open.append(parent) }
            }
            if until.isEmpty {
                for position in kept.subtracting(wanted).sorted() where !isStored(graph.units[position]) {
                    throw ValidationError(
                        "--only leaves out '\(graph.units[position].name)', which is needed and not in the store; "
                            + "use --until to run it as well")
                }
            }
            chosen = WorkGraph(
                recipe: graph.recipe, seed: graph.seed, units: kept.sorted().map { graph.units[$0] })
        }
        var again: Set<WorkUnit.Key> = []
        for name in rerun { again.formUnion(try positions(of: name, in: chosen).map { chosen.units[$0].key }) }
        return (chosen, again)
    }

    private func positions(of name: String, in graph: WorkGraph) throws -> [Int] {
        let found = graph.units.indices.filter { Self.matches(graph.units[$0].name, name) }
        guard found.isEmpty else { return found }
        let names = graph.units.map(\.name)
        let hint = NearestName.hint(name, among: names)
        let list = names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", …" : "")
        throw ValidationError("no unit is called '\(name)'." + (hint.isEmpty ? " There are \(list)." : hint))
    }

    /// Whether a unit is meant by a name or pattern.
    ///
    /// It is when the names are the same, when the call is (`policy` for `policy[rate=0.1]`, `tokens` for
    /// `tokens/shard-3`), or when a pattern with `*` and `?` fits. Brackets stand for themselves.
    static func matches(_ unit: String, _ wanted: String) -> Bool {
        if unit == wanted || unit.hasPrefix(wanted + "/") || unit.hasPrefix(wanted + "[") { return true }
        guard wanted.contains("*") || wanted.contains("?") else { return false }
        return matches(Array(unit.unicodeScalars), Array(wanted.unicodeScalars))
    }

    private static func matches(_ text: [Unicode.Scalar], _ pattern: [Unicode.Scalar]) -> Bool {
        var place = 0
        var next = 0
        var star: (next: Int, place: Int)?
        while place < text.count {
            if next < pattern.count, pattern[next] == "*" {
                star = (next, place)
                next += 1
            } else if next < pattern.count, pattern[next] == "?" || pattern[next] == text[place] {
                next += 1
                place += 1
            } else if let back = star {
                star = (back.next, back.place + 1)
                next = back.next + 1
                place = back.place + 1
            } else {
                return false
            }
        }
        return pattern[next...].allSatisfy { $0 == "*" }
    }
}
