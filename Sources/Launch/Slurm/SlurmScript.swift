public import Ledger

/// The batch script of a run: short enough to read, and right when it is handed to `sbatch` by hand.
public struct SlurmScript {
    public let text: String

    /// - Parameters:
    ///   - title: a line that says what it is.
    ///   - executable: the program that supervises the run.
    public init(
        _ options: SlurmOptions, title: String, run: RunDirectory, executable: String, projectDirectory: String
    ) {
        var named = Set(options.further.map { Self.name($0) })
        var lines = ["#!/bin/bash", "# \(title)"]
        func add(_ name: String, _ value: String? = nil) {
            guard named.insert(name).inserted else { return }
            lines.append("#SBATCH --\(name)" + (value.map { "=" + Self.option($0) } ?? ""))
        }
        for option in options.further { lines.append("#SBATCH --\(option)") }
        add("job-name", run.name)
        add("ntasks", "\(options.ranks)")
        if let nodes = options.nodes { add("nodes", "\(nodes)") }
        if options.cpus > 1 { add("cpus-per-task", "\(options.cpus)") }
        if options.memoryBytes > 0, !named.contains("mem"), !named.contains("mem-per-gpu") {
            let bytes = (options.memoryBytes + options.cpus - 1) / options.cpus
            add("mem-per-cpu", "\((bytes + (1 << 20) - 1) >> 20)M")
        }
        if !options.generic.isEmpty, !named.contains(where: { $0.hasPrefix("gpus") }) {
            add(
                "gres",
                options.generic.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }.joined(separator: ","))
        }
        if let partition = options.partition { add("partition", partition) }
        if let account = options.account { add("account", account) }
        if let seconds = options.seconds { add("time", Self.time(seconds)) }
        // To the batch shell, which the program below has taken the place of.
        add("signal", "B:USR1@\(options.warningSeconds)")
        add("requeue")
        add("no-kill")
        add("open-mode", "append")
        add("chdir", projectDirectory)
        add(
            "output",
            "\(run.logs)/slurm.log".split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%%"))
        lines += options.prologue
        let words = [executable, "submit", "--supervise", run.name, "--store", run.layout.root, "--quiet"]
        lines.append("exec " + words.map { Self.word($0) }.joined(separator: " "))
        text = lines.joined(separator: "\n") + "\n"
    }

    private static func name(_ option: String) -> String { String(option.prefix { $0 != "=" }) }

    /// `D-HH:MM:SS`.
    static func time(_ seconds: Int) -> String {
        let (days, rest) = (seconds / 86_400, seconds % 86_400)
        let parts = [rest / 3600, rest / 60 % 60, rest % 60].map { ($0 < 10 ? "0" : "") + "\($0)" }
        return (days > 0 ? "\(days)-" : "") + parts.joined(separator: ":")
    }

    /// A value as sbatch reads it from a line.
    private static func option(_ value: String) -> String {
        value.contains { $0 == " " || $0 == "#" } ? "\"\(value)\"" : value
    }

    /// A word as a POSIX shell needs it.
    static func word(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
