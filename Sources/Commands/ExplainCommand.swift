import ArgumentParser
import Determinism
import Ledger
import WorkGraph

/// Tells everything about one unit of a run.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Tell why a unit ran or was reused, what its key is made of, and where its outputs are.",
        discussion: """
            Examples:
              orchestrate explain policy
              orchestrate explain 'policy[rate=0.001]' --run brave-heron
              orchestrate explain tokens/shard-3 --json
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The unit's name, or the first digits of its key.")
    var unit: String

    @Option(name: .customLong("run"), help: ArgumentHelp("The run; default: the last one.", valueName: "run"))
    var runName: String = "latest"

    func run() throws {
        let store = try ArtifactStore(options.storePath)
        let directory = try RunDirectory.open(runName, in: store.layout)
        let summary = try RunJournal.summary(of: directory)
        let outcome = try RunArguments.unit(unit, in: summary)
        let graph = try? directory.graph()
        let attempts = try RunJournal.attempts(of: directory).filter { $0.unit == outcome.name }
        let explanation = try UnitExplanation(outcome, summary, graph: graph, store: store, attempts: attempts)
        if options.json { return try JSONOutput.print(explanation) }
        for line in explanation.lines { print(line) }
    }
}
