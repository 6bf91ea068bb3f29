import Determinism
import Ledger

/// Finds what people name on the command line, and says what they may have meant.
enum RunArguments {
    /// The unit of a run called `name` (or whose key starts so).
    ///
    /// - Throws: ``LedgerError`` with the nearest name.
    static func unit(_ name: String, in summary: RunSummary) throws -> UnitOutcome {
        if let unit = summary.units.first(where: { $0.name == name }) { return unit }
        if name.count >= 6 {
            let byKey = summary.units.filter { $0.key.hexDigits.hasPrefix(name) }
            if byKey.count == 1 { return byKey[0] }
        }
        // The only unit of a call may be named by the call.
        let parts = summary.units.filter { $0.name.hasPrefix(name + "/") || $0.name.hasPrefix(name + "[") }
        if parts.count == 1 { return parts[0] }
        let names = summary.units.map(\.name)
        let hint: String
        if parts.count > 1 {
            hint =
                " It has parts: " + parts.prefix(5).map(\.name).joined(separator: ", ") + (parts.count > 5 ? ", …" : "")
                + "."
        } else {
            hint = NearestName.hint(name, among: names)
        }
        throw LedgerError(
            .unknownName,
            "run '\(summary.run)' has no unit '\(name)'.\(hint) `\(Program.current.name) status \(summary.run) --all` lists them."
        )
    }

    /// Splits `UNIT/OUTPUT`, where units themselves may have slashes in their names.
    static func unitAndOutput(_ text: String, in summary: RunSummary) throws -> (unit: UnitOutcome, output: String?) {
        if summary.units.contains(where: { $0.name == text }) { return (try unit(text, in: summary), nil) }
        if let slash = text.lastIndex(of: "/") {
            let (name, output) = (String(text[..<slash]), String(text[text.index(after: slash)...]))
            if let unit = summary.units.first(where: { $0.name == name }) { return (unit, output) }
            if let unit = try? unit(name, in: summary) { return (unit, output) }
        }
        return (try unit(text, in: summary), nil)
    }
}
