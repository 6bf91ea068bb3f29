import Determinism

extension Site {
    /// The site that a file describes.
    ///
    /// ```yaml
    /// pools:
    ///   - {name: fast, count: 4, speed: 2, pricePerHour: 2.5, startupSeconds: 60}
    ///   - {name: spot, count: 12, pricePerHour: 0.3, interruptionSeconds: 14400, outageSeconds: 300}
    /// bytesPerSecond: 1e9
    /// currency: EUR
    /// ```
    /// Only `pools` and in each pool `name` and `count` must be there.
    ///
    /// - Throws: ``SiteError`` with line and column for what is not YAML, for unknown fields and for values that make no sense.
    public init(yaml text: String, file: String) throws(SiteError) {
        let document = try LocatedValue.parse(text, file: file)
        let fields = try Fields(
            document, of: "the site", known: ["pools", "bytesPerSecond", "rankLimit", "currency"], file: file)
        guard let pools = fields["pools"] else { throw fields.missing("pools") }
        guard case .list(let entries, let place) = pools, !entries.isEmpty else {
            throw SiteError(file: file, place: pools.place, message: "'pools' is a list of at least one pool")
        }
        var read: [RankPool] = []
        for entry in entries {
            let pool = try RankPool(entry, file: file)
            if read.contains(where: { $0.name == pool.name }) {
                throw SiteError(
                    file: file, place: entry.place, message: "a pool before it is called '\(pool.name)' too")
            }
            read.append(pool)
        }
        guard read.reduce(0, { $0 + $1.count }) <= 100_000 else {
            throw SiteError(file: file, place: place, message: "the pools have more than 100,000 ranks together")
        }
        self.init(
            pools: read, bytesPerSecond: try fields.number("bytesPerSecond", in: .positive),
            rankLimit: try fields.number("rankLimit", in: .count).map { Int($0) },
            currency: try fields.text("currency"))
    }
}

extension RankPool {
    fileprivate init(_ value: LocatedValue, file: String) throws(SiteError) {
        let fields = try Fields(
            value, of: "a pool",
            known: [
                "name", "count", "speed", "pricePerHour", "startupSeconds", "interruptionSeconds", "outageSeconds",
                "memoryBytes", "ranksPerNode", "processor",
            ], file: file)
        guard let name = try fields.text("name") else { throw fields.missing("name") }
        guard let count = try fields.number("count", in: .count) else { throw fields.missing("count") }
        self.init(
            name: name, count: Int(count), speed: try fields.number("speed", in: .positive) ?? 1,
            pricePerHour: try fields.number("pricePerHour", in: .notNegative),
            startupSeconds: try fields.number("startupSeconds", in: .notNegative) ?? 0,
            interruptionSeconds: try fields.number("interruptionSeconds", in: .positive),
            outageSeconds: try fields.number("outageSeconds", in: .notNegative) ?? 300,
            memoryBytes: try fields.number("memoryBytes", in: .positive),
            ranksPerNode: try fields.number("ranksPerNode", in: .count).map { Int($0) },
            processor: try fields.text("processor"))
    }
}

/// The members of an object of a site file.
private struct Fields {
    /// Which numbers a field takes.
    enum Domain {
        case count, positive, notNegative

        var words: String {
            switch self {
            case .count: "a whole number of at least 1"
            case .positive: "a number above 0"
            case .notNegative: "a number of at least 0"
            }
        }

        func contains(_ value: Double) -> Bool {
            switch self {
            case .count: value >= 1 && value == value.rounded() && value <= 100_000
            case .positive: value > 0
            case .notNegative: value >= 0
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
}
