import Determinism
import Launch
import Ledger
import Observatory

/// What a rehearsal has shown.
struct ChaosVerdict: Encodable {
    struct Fault: Encodable {
        let fault: String
        let atSeconds: Double
    }

    let schema = 1
    /// Nothing is lost, nothing stored ran again, and every output is the same.
    let equal: Bool
    let outputs: Int
    let struck: [Fault]
    /// Faults whose moment did not come.
    let missed: [String]
    /// Outputs that are not there at the end.
    let lost: [String]
    let differing: [String]
    let doubled: [String]
    /// Outputs of units that are not deterministic: nothing is said of them.
    let records: Int
    let submissions: Int
    let seconds: Double
    /// `nil` when the reference is an earlier run.
    let undisturbedSeconds: Double?
    /// Work of attempts that were cut off, beside what checkpoints kept.
    let lostSeconds: Double

    init(_ outcome: Rehearsal.Outcome, truth: RunSummary, undisturbedSeconds: Double?) {
        var found: [String: String] = [:]
        for unit in outcome.summary.units {
            for output in unit.outputs { found["\(unit.name)/\(output.name)"] = output.digest.hexDigits }
        }
        var lost: [String] = []
        var differing: [String] = []
        var count = 0
        var records = 0
        for unit in truth.units {
            for output in unit.outputs {
                let name = "\(unit.name)/\(output.name)"
                count += 1
                guard let digest = found[name] else {
                    lost.append(name)
                    continue
                }
                if outcome.isRecord(unit.key) {
                    records += 1
                } else if digest != output.digest.hexDigits {
                    differing.append(name)
                }
            }
        }
        outputs = count
        self.lost = lost
        self.differing = differing
        self.records = records
        doubled = outcome.doubled
        struck = outcome.struck.map { Fault(fault: "\($0.fault)", atSeconds: $0.atSeconds) }
        missed = outcome.missed.map { "\($0)" }
        submissions = outcome.submissions
        seconds = outcome.seconds
        lostSeconds = outcome.lostSeconds
        self.undisturbedSeconds = undisturbedSeconds
        equal = lost.isEmpty && differing.isEmpty && outcome.doubled.isEmpty
    }

    var lines: [String] {
        var lines = struck.map { String(HumanText.duration($0.atSeconds)) + ": " + $0.fault }
        for fault in missed { lines.append("NEVER CAME: " + fault) }
        let before = undisturbedSeconds.map { ", undisturbed \(HumanText.duration($0))" } ?? ""
        lines.append(
            "took \(HumanText.duration(seconds))\(before); submitted \(submissions) time\(submissions == 1 ? "" : "s"), "
                + "\(HumanText.duration(lostSeconds)) of work in attempts that were cut off")
        func list(_ what: String, _ names: [String]) {
            guard !names.isEmpty else { return }
            lines.append(
                "\(what): " + names.prefix(8).joined(separator: ", ")
                    + (names.count > 8 ? " and \(names.count - 8) more" : ""))
        }
        list("LOST", lost)
        list("DIFFERS", differing)
        list("RAN AGAIN", doubled)
        if records > 0 { lines.append("\(records) outputs are records of units that are not deterministic") }
        lines.append(
            "\(lost.count) lost, \(doubled.count) doubled, \(differing.count) of \(outputs) outputs different")
        return lines
    }
}
