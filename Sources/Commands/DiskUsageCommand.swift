import ArgumentParser
import Ledger
import Observatory

/// Says where the bytes of a store are.
struct DiskUsageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "du",
        abstract: "Say where the bytes of the store are.",
        discussion: """
            Examples:
              orchestrate du
              orchestrate du --json
            """)

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let use = try DiskUse(of: ArtifactStore(options.storePath))
        if options.json { return try JSONOutput.print(use) }
        var table = TextTable(["part", "on disk", "count"], numeric: [1, 2])
        for part in use.parts {
            table.append([part.name, PlainNumbers.bytes(part.bytes), part.count > 0 ? "\(part.count)" : ""])
        }
        table.append(["all", PlainNumbers.bytes(use.bytes), ""])
        for line in table.lines() { print(line) }
        if !use.kinds.isEmpty {
            var kinds = TextTable(["artifacts of", "bytes", "count"], numeric: [1, 2])
            for kind in use.kinds { kinds.append([kind.name, PlainNumbers.bytes(kind.bytes), "\(kind.count)"]) }
            print("")
            for line in kinds.lines() { print(line) }
        }
        print("\n\(PlainNumbers.bytes(use.freeBytes)) free; `orchestrate gc --dry-run` says what can go")
    }
}
