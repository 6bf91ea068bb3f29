import Determinism

/// The members of an object of a site file.
struct SiteFields {
    /// Which numbers a field takes.
    enum Domain {
        case count, positive, notNegative, wholeNotNegative

        var words: String {
            switch self {
            case .count: "a whole number of at least 1"
            case .positive: "a number above 0"
            case .notNegative: "a number of at least 0"
            case .wholeNotNegative: "a whole number of at least 0"
            }
        }

        func contains(_ value: Double) -> Bool {
            switch self {
            case .count: value >= 1 && value == value.rounded() && value <= 100_000
            case .positive: value > 0
            case .notNegative: value >= 0
            case .wholeNotNegative: value >= 0 && value == value.rounded() && value <= 100_000
            }
        }
    }

    private let members: [LocatedValue.Member]
    private let place: LocatedValue.Place
    private let subject: String
    private let file: String

    init(_ value: LocatedValue, of subject: String, known: [String], file: String) throws(SiteError) {
        guard case .mapping(let members, let place) = value else {
            throw SiteError(
                file: file, place: value.place, message: "\(subject) is a list of fields, such as name: fast")
        }
        for member in members where !known.contains(member.name) {
            let hint = NearestName.hint(member.name, among: known)
            let message =
                "\(subject) has no field '\(member.name)'; there are \(known.joined(separator: ", "))"
                + (hint.isEmpty ? "" : "." + hint)
            throw SiteError(
                file: file, place: member.namePlace,
                message: message)
        }
        self.members = members
        self.place = place
        self.subject = subject
        self.file = file
    }

    subscript(_ name: String) -> LocatedValue? { members.first { $0.name == name }?.value }

    func missing(_ name: String) -> SiteError {
        SiteError(file: file, place: self[name]?.place ?? place, message: "\(subject) needs '\(name)'")
    }

    func number(_ name: String, in domain: Domain) throws(SiteError) -> Double? {
        guard let value = self[name] else { return nil }
        guard case .text(let text, isPlain: true, _) = value, let number = Double(text), number.isFinite,
            domain.contains(number)
        else { throw SiteError(file: file, place: value.place, message: "'\(name)' is \(domain.words)") }
        return number
    }

    func text(_ name: String) throws(SiteError) -> String? {
        guard let value = self[name] else { return nil }
        guard case .text(let text, _, _) = value, !text.isEmpty else {
            throw SiteError(file: file, place: value.place, message: "'\(name)' is a text that is not empty")
        }
        return text
    }

    /// A text of one line.
    func line(_ name: String) throws(SiteError) -> String? {
        guard let text = try text(name) else { return nil }
        guard !text.contains(where: \.isNewline) else { throw wrong(name, "one line") }
        return text
    }

    /// A list of texts of one line each; empty when it is not there.
    func lines(_ name: String) throws(SiteError) -> [String] {
        guard let value = self[name] else { return [] }
        let expected = "a list of texts of one line each"
        guard case .list(let entries, _) = value else { throw wrong(name, expected) }
        var result: [String] = []
        for entry in entries {
            guard case .text(let text, _, _) = entry, !text.isEmpty, !text.contains(where: \.isNewline) else {
                throw SiteError(file: file, place: entry.place, message: "'\(name)' is \(expected)")
            }
            result.append(text)
        }
        return result
    }

    func wrong(_ name: String, _ expected: String) -> SiteError {
        SiteError(file: file, place: self[name]?.place ?? place, message: "'\(name)' is \(expected)")
    }
}
