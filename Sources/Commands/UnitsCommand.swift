import ArgumentParser
import Determinism
import Observatory
import Recipes

/// Lists the unit kinds that recipes can call.
struct UnitsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "units",
        abstract: "List the unit kinds recipes can call, or the arguments of one.",
        discussion: """
            Examples:
              orchestrate units
              orchestrate units Train
              orchestrate units --json
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "A kind, such as Train.")
    var kind: String?

    func run() throws {
        let catalogue = Program.current.catalogue
        guard let kind else { return try list(catalogue) }
        let name = catalogue.callableNames.first { $0.lowercased() == kind.lowercased() }
        guard let name, let found = catalogue[name] else {
            let hint = NearestName.hint(kind, among: catalogue.callableNames)
            throw ValidationError("there is no unit kind '\(kind)'.\(hint.isEmpty ? " 'units' lists them." : hint)")
        }
        let description = KindReport(found)
        if options.json { return try JSONOutput.print(description) }
        print(description.lines.joined(separator: "\n"))
    }

    private func list(_ catalogue: Catalogue) throws {
        let kinds = catalogue.callableNames.compactMap { catalogue[$0].map(KindReport.init) }
        if options.json { return try JSONOutput.print(KindList(kinds: kinds)) }
        var table = TextTable(["kind", "makes", ""])
        for kind in kinds { table.append([kind.name, kind.result, kind.summary]) }
        print(table.lines().joined(separator: "\n"))
    }
}

/// The JSON form of the list.
private struct KindList: Encodable {
    let schema = 1
    let kinds: [KindReport]
}

/// What is known of a kind.
private struct KindReport: Encodable {
    let name: String
    let version: Int
    let summary: String
    let result: String
    let isDeterministic: Bool
    let isRandom: Bool
    let computesFloats: Bool
    let savesCheckpoints: Bool
    let arguments: [Argument]

    struct Argument: Encodable {
        /// As written in a call: empty when there is no label.
        let label: String
        let name: String
        let type: String
        /// `nil` when the argument is required.
        let standard: String?
        let help: String
        let bounds: String?
        /// Whether it decides the result, and with it the key.
        let countsInKey: Bool
        let choices: [String]
    }

    init(_ kind: AnyUnitKind) {
        let description = kind.description
        name = description.name
        version = description.version
        summary = description.summary
        result = kind.resultType.name
        isDeterministic = description.isDeterministic
        isRandom = description.isRandom
        computesFloats = description.computesFloats
        savesCheckpoints = description.savesCheckpoints
        arguments = kind.callFields.map { field in
            Argument(
                label: field.isUnlabelled ? "" : field.name, name: field.name, type: "\(field.type)",
                standard: field.defaultValue.map { field.type.swiftText($0) }, help: field.help,
                bounds: field.bounds?.inWords, countsInKey: field.role != .resource, choices: field.type.choices)
        }
    }

    var lines: [String] {
        var lines = ["\(name) makes \(result). \(summary)", ""]
        lines.append("  \(call)")
        lines.append("")
        var table = TextTable(["argument", "type", "default", ""])
        for argument in arguments {
            var help = argument.help
            if let bounds = argument.bounds { help += " (\(bounds))" }
            if !argument.choices.isEmpty { help += " One of \(argument.choices.joined(separator: ", "))." }
            if !argument.countsInKey { help += " Does not count in the key." }
            table.append([argument.name, argument.type, argument.standard ?? "required", help])
        }
        lines += table.lines()
        let traits = [
            isRandom ? "draws random numbers: the run's seed counts in the key" : nil,
            savesCheckpoints ? "saves checkpoints and goes on from them" : nil,
            isDeterministic ? nil : "equal inputs may give other bytes: outputs are records",
        ].compactMap { $0 }
        if !traits.isEmpty { lines += [""] + traits.map { "  " + $0 } }
        return lines
    }

    private var call: String {
        let written = arguments.map { argument in
            (argument.label.isEmpty ? "" : argument.label + ": ") + (argument.standard ?? argument.type)
        }
        return "\(name)(\(written.joined(separator: ", ")))"
    }
}

extension RecipeType {
    /// The cases of an enumeration, as written.
    fileprivate var choices: [String] {
        switch self {
        case .enumeration(let type):
            type.cases.map { found in
                guard !found.payload.isEmpty else { return "." + found.name }
                let inner = found.payload.map { ($0.label.map { "\($0): " } ?? "") + "\($0.type)" }
                return ".\(found.name)(\(inner.joined(separator: ", ")))"
            }
        case .list(let element), .optional(let element): element.choices
        default: []
        }
    }
}
