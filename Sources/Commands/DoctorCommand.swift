import ArgumentParser

/// Looks at everything a run needs and says how to mend what is missing.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check toolchain, MPI, HDF5, store, CPU kernels and Slurm, each with its remedy.",
        discussion: """
            Examples:
              orchestrate doctor
              orchestrate doctor --json
            """)

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let findings = Examination(storePath: options.storePath).findings()
        if options.json {
            try JSONOutput.print(DoctorReport(findings: findings))
        } else {
            for finding in findings { print(finding.line) }
        }
        if findings.contains(where: { $0.state == .broken }) { throw ExitCode(1) }
    }
}

/// The JSON form of an examination.
struct DoctorReport: Encodable {
    let schema = 1
    let findings: [Finding]
}

/// One thing that was looked at.
struct Finding: Encodable {
    /// What is the matter with it.
    enum State: String, Encodable { case good, warning, broken }

    let subject: String
    let state: State
    let detail: String
    /// What to do; empty when nothing is the matter.
    let remedy: String

    var line: String {
        let mark =
            switch state {
            case .good: "ok  ";
            case .warning: "note";
            case .broken: "BAD "
            }
        return "\(mark)  \(subject): \(detail)" + (remedy.isEmpty ? "" : "\n        remedy: \(remedy)")
    }
}
