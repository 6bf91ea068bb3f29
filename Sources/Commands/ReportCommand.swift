import ArgumentParser
import Ledger
import Observatory

/// Writes the page about a run and prints where it is.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write the page about a run and print its path.",
        discussion: """
            The page is one file that links nowhere: figures of merit, graph, ranks over time, loss curves, pictures, action
            traces. Every run writes it at its end; this writes it again, also while the run is going on.

            Examples:
              orchestrate report
              orchestrate report brave-heron
              xdg-open $(orchestrate report)
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: ArgumentHelp("The run; default: the last one.", valueName: "run"))
    var runName: String = "latest"

    func run() throws {
        let directory = try RunDirectory.open(runName, in: StoreLayout(options.storePath))
        let path = try RunReport.write(try RunJournal.summary(of: directory), in: directory)
        if options.json { return try JSONOutput.print(["run": directory.name, "report": path]) }
        print(path)
    }
}
