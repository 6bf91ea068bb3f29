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
    /// slurm: {partition: gpu, time: auto, launcher: srun, sbatch: [qos=high], prologue: [module load openmpi]}
    /// ```
    /// `pools` or `slurm` must be there, and in each pool `name` and `count`; a pool may have a `slurm` of its own.
    ///
    /// - Throws: ``SiteError`` with line and column for what is not YAML, for unknown fields and for values that make no sense.
    public init(yaml text: String, file: String) throws(SiteError) {
        let document = try LocatedValue.parse(text, file: file)
        let fields = try SiteFields(
            document, of: "the site", known: ["pools", "bytesPerSecond", "rankLimit", "currency", "slurm"], file: file)
        let slurm = try fields["slurm"].map { value throws(SiteError) in try SlurmDefaults(value, file: file) }
        guard fields["pools"] != nil || slurm != nil else { throw fields.missing("pools") }
        self.init(
            pools: try Self.pools(fields["pools"], file: file),
            bytesPerSecond: try fields.number("bytesPerSecond", in: .positive),
            rankLimit: try fields.number("rankLimit", in: .count).map { Int($0) },
            currency: try fields.text("currency"))
        self.slurm = slurm ?? SlurmDefaults()
    }

    private static func pools(_ value: LocatedValue?, file: String) throws(SiteError) -> [RankPool] {
        guard let value else { return [] }
        guard case .list(let entries, let place) = value, !entries.isEmpty else {
            throw SiteError(file: file, place: value.place, message: "'pools' is a list of at least one pool")
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
        return read
    }
}

extension RankPool {
    fileprivate init(_ value: LocatedValue, file: String) throws(SiteError) {
        let fields = try SiteFields(
            value, of: "a pool",
            known: [
                "name", "count", "speed", "pricePerHour", "startupSeconds", "interruptionSeconds", "outageSeconds",
                "memoryBytes", "ranksPerNode", "processor", "slurm",
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
        if let value = fields["slurm"] { slurm = try SlurmDefaults(value, file: file) }
    }
}

extension SlurmDefaults {
    fileprivate init(_ value: LocatedValue, file: String) throws(SiteError) {
        let fields = try SiteFields(
            value, of: "'slurm'",
            known: ["partition", "account", "time", "launcher", "sbatch", "prologue", "maxRequeues"], file: file)
        self.init()
        partition = try fields.line("partition")
        account = try fields.line("account")
        if let text = try fields.text("time") {
            guard let read = Walltime(text) else { throw fields.wrong("time", "auto, or a time such as 90m, 2h or 3d") }
            walltime = read
        }
        if let text = try fields.text("launcher") {
            guard let read = Launcher(rawValue: text) else { throw fields.wrong("launcher", "mpirun or srun") }
            launcher = read
        }
        options = try fields.lines("sbatch")
        for option in options where option.hasPrefix("-") {
            throw fields.wrong("sbatch", "a list of options without dashes, such as [qos=high, exclusive]")
        }
        prologue = try fields.lines("prologue")
        requeueLimit = try fields.number("maxRequeues", in: .wholeNotNegative).map { Int($0) }
    }
}
