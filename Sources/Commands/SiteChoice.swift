import ArgumentParser
import Determinism
import Foundation
import Sites

/// For which pool of which site a run is planned, and how strictly.
struct SiteOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Site file; default: site.yaml here, else ~/.config/orchestrate/site.yaml, else /etc/orchestrate/site.yaml.",
            valueName: "file"))
    var site: String?

    @Option(help: ArgumentHelp("Pool of the site file; default: its first.", valueName: "name"))
    var pool: String?

    @Flag(
        name: .customLong("allow-over"),
        help: "Go on although the recipe's deadline or budget is not kept; a spent budget then stops nothing.")
    var allowOver = false

    @Option(
        help: ArgumentHelp(
            "Expert: in which order ready units start: critical-path (default), fifo or airflow.", valueName: "name"))
    var policy: RunPolicy = .criticalPath

    /// What the site asks Slurm for, and above it the chosen pool.
    func slurm() throws -> SlurmDefaults {
        if let choice = try choice() { return choice.pool.slurm.over(choice.site.slurm) }
        return try SiteFile.find(site).map { try SiteFile.read($0).slurm } ?? SlurmDefaults()
    }

    /// The pool, when there is a site file.
    ///
    /// - Throws: ``SiteError`` for what is wrong in the file, and a message for a pool that is not in it.
    func choice() throws -> SiteChoice? {
        guard let file = SiteFile.find(site) else {
            if let pool { throw ValidationError("--pool \(pool) needs a site file; there is none") }
            return nil
        }
        let site = try SiteFile.read(file)
        guard let pool else { return site.pools.first.map { SiteChoice(file: file, site: site, pool: $0) } }
        guard let found = site.pools.first(where: { $0.name == pool }) else {
            let names = site.pools.map(\.name)
            let hint = NearestName.hint(pool, among: names)
            throw ValidationError(
                "'\(file)' has no pool '\(pool)'.\(hint.isEmpty ? " It has \(names.joined(separator: ", "))." : hint)")
        }
        return SiteChoice(file: file, site: site, pool: found)
    }
}

/// A pool that was chosen, with where it stands.
struct SiteChoice {
    let file: String
    let site: Site
    let pool: RankPool
}

/// Where site files are looked for.
enum SiteFile {
    /// The file that counts: the one asked for, else the project's, the user's, the machine's.
    static func find(_ asked: String?) -> String? {
        if let asked { return asked }
        let environment = ProcessInfo.processInfo.environment
        let configuration =
            environment["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 }
            ?? environment["HOME"].map { $0 + "/.config" }
        let places =
            ["site.yaml"] + (configuration.map { [$0 + "/orchestrate/site.yaml"] } ?? [])
            + ["/etc/orchestrate/site.yaml"]
        return places.first { FileManager.default.fileExists(atPath: $0) }
    }

    static func read(_ path: String) throws -> Site {
        guard let data = FileManager.default.contents(atPath: path) else { throw MissingSite(path: path) }
        guard let text = String(bytes: data, encoding: .utf8) else {
            throw MissingSite(path: path, problem: "is not UTF-8 text")
        }
        return try Site(yaml: text, file: path)
    }
}

/// A path where no site file is.
struct MissingSite: ExitCoded, CustomStringConvertible {
    let path: String
    var problem: String?

    var exitCode: Int32 { problem == nil ? Determinism.ExitCode.missingInput : Determinism.ExitCode.badRecipe }
    var description: String {
        problem.map { "the site file '\(path)' \($0)." } ?? "there is no site file at '\(path)', or it cannot be read."
    }
}
