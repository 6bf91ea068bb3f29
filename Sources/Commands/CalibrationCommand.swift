import ArgumentParser
import Foundation
import Ledger
import Observatory
import Prediction

/// Tells how far predictions of run times can be believed.
struct CalibrationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibration",
        abstract: "Show how well the run times of this store are predicted, kind by kind.",
        discussion: """
            Every run of the history is predicted from the other runs. 'error' is the median of |predicted - measured| /
            measured; P10-P90 should cover about 80 % of the units; 'assumed' are units of whose kind no other run knew.

            Examples:
              orchestrate calibration
              orchestrate calibration --json
            """)

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let past = History(StoreLayout(options.storePath)).observations()
        if let notice = past.notice, !options.quiet { Narration.line("warning: " + notice) }
        let calibration = Calibration(past.observations)
        if options.json { return try JSONOutput.print(calibration) }
        guard let overall = calibration.overall else {
            if !options.quiet { Narration.line("no run times in '\(options.storePath)' yet") }
            return
        }
        var table = TextTable(
            ["kind", "units", "runs", "error", "P10-P90 covers", "predicted/measured", "assumed"],
            numeric: [1, 2, 3, 4, 5, 6])
        for row in calibration.rows + (calibration.rows.count > 1 ? [overall] : []) {
            table.append([
                row.kind, "\(row.units)", "\(row.runs)", HumanText.fixed(100 * row.medianError, 0) + " %",
                HumanText.fixed(100 * row.coverage, 0) + " %", HumanText.fixed(row.medianRatio, 2),
                HumanText.fixed(100 * row.assumedShare, 0) + " %",
            ])
        }
        for line in table.lines() { print(line) }
        if calibration.runs < 2, !options.quiet {
            Narration.line("only one run is known: everything was predicted without any history")
        }
    }
}
