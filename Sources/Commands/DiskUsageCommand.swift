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
            table.append([part.name, HumanText.bytes(part.bytes), part.count > 0 ? "\(part.count)" : ""])
        }
        table.append(["all", HumanText.bytes(use.bytes), ""])
        for line in table.lines() { print(line) }
        if !use.kinds.isEmpty {
            var kinds = TextTable(["artifacts of", "bytes", "count"], numeric: [1, 2])
            for kind in use.kinds { kinds.append([kind.name, HumanText.bytes(kind.bytes), "\(kind.count)"]) }
            print("")
            for line in kinds.lines() { print(line) }
        }
        print("\n\(HumanText.bytes(use.freeBytes)) free; `\(Program.current.name) gc --dry-run` says what can go")
    }
}
