import Foundation

/// What Slurm says of a partition.
public struct SlurmPartition: Hashable, Sendable {
    /// Longest walltime of a job; `nil` without a limit.
    public private(set) var limitSeconds: Int?
    /// Whether its nodes have memory configured, so that jobs can ask for it.
    public private(set) var hasMemory = false

    /// Asks Slurm; `nil` when it does not answer or has no such partition.
    ///
    /// - Parameter name: `nil` for the default partition.
    public init?(_ name: String?) {
        guard let answer = try? SlurmTools.call("sinfo", ["-h", "-o", "%P|%l|%m"]), answer.code == 0 else { return nil }
        self.init(name, listing: answer.output)
    }

    /// - Parameter listing: lines `name|limit|memory`; the default partition's name ends in `*`.
    package init?(_ name: String?, listing: String) {
        var isKnown = false
        for line in listing.split(separator: "\n") {
            let parts = line.split(separator: "|").map(String.init)
            guard parts.count == 3, name.map({ parts[0] == $0 || parts[0] == $0 + "*" }) ?? parts[0].hasSuffix("*")
            else { continue }
            isKnown = true
            limitSeconds = Self.seconds(parts[1])
            // 1 is what nodes without a word on their memory have.
            if let megabytes = Int(parts[2].prefix { $0.isNumber }), megabytes > 1 { hasMemory = true }
        }
        if !isKnown { return nil }
    }

    /// Seconds of `D-HH:MM:SS`, `HH:MM:SS`, `MM:SS` or `MM`; `nil` for `infinite` and the like.
    package static func seconds(_ text: String) -> Int? {
        let halves = text.split(separator: "-")
        guard let clock = halves.last, halves.count <= 2 else { return nil }
        let numbers = clock.split(separator: ":").map { Int($0) }
        guard !numbers.contains(nil), (1...3).contains(numbers.count) else { return nil }
        let days = halves.count == 2 ? Int(halves[0]) : 0
        guard let days else { return nil }
        var parts = numbers.compactMap { $0 }
        // After days, hours come first; without them a lone number counts minutes.
        if halves.count == 2 {
            while parts.count < 3 { parts.append(0) }
        } else if parts.count == 1 {
            parts.append(0)
        }
        return days * 86_400 + parts.reduce(0) { $0 * 60 + $1 }
    }
}
