import Ledger

/// A fault that is brought about on purpose, and when.
public struct RehearsedFault: Hashable, Sendable, CustomStringConvertible {
    /// What is done.
    public enum Action: Hashable, Sendable {
        /// SIGKILL.
        case kill(Victim)
        /// SIGSTOP: a rank that hangs.
        case stop(rank: Int)
        /// What a batch system does that takes an allocation back: SIGTERM, later SIGKILL, and some time after that a new start.
        case preempt
        /// The file system of the store has no room left.
        case fillDisk
    }

    /// A part of a run.
    public enum Victim: Hashable, Sendable {
        case rank(Int)
        case coordinator, launcher, supervisor, everything
    }

    /// The first time at which something is so.
    public enum Moment: Hashable, Sendable {
        /// A unit has reported so many steps.
        case step(Int)
        /// So large a part of all units is done.
        case share(Double)
        /// A unit of this name is at work, or was.
        case unit(String)
        /// So long after the start.
        case seconds(Double)
    }

    public let action: Action
    public let moment: Moment

    public init(_ action: Action, at moment: Moment) {
        self.action = action
        self.moment = moment
    }

    public var description: String {
        switch action {
        case .kill(let victim): "kill \(victim) at \(moment)"
        case .stop(let rank): "stop rank \(rank) at \(moment)"
        case .preempt: "preempt at \(moment)"
        case .fillDisk: "fill the disk at \(moment)"
        }
    }

    /// Whether its time has come.
    ///
    /// - Parameters:
    ///   - summary: of the run that is going on.
    ///   - seconds: since the first start.
    ///   - isMeant: whether a unit is called so.
    func isDue(_ summary: RunSummary, after seconds: Double, isMeant: (_ unit: String, _ name: String) -> Bool) -> Bool
    {
        switch moment {
        case .seconds(let wanted): return seconds >= wanted
        case .step(let step):
            return summary.units.contains { $0.state == .running && ($0.progress?.completed ?? 0) >= step }
        case .unit(let name):
            return summary.units.contains { ($0.state == .running || $0.state == .ran) && isMeant($0.name, name) }
        case .share(let share):
            let done = summary.units.reduce(0.0) { sum, unit in
                if unit.state.isFinal { return sum + 1 }
                guard unit.state == .running, let progress = unit.progress, progress.total > 0 else { return sum }
                return sum + Double(progress.completed) / Double(progress.total)
            }
            return done >= share * Double(max(1, summary.units.count))
        }
    }
}

extension RehearsedFault.Victim: CustomStringConvertible {
    /// `rank=2`, `coordinator`, `launcher`, `supervisor` or `everything`.
    public init?(_ text: String) {
        switch text {
        case "coordinator": self = .coordinator
        case "launcher": self = .launcher
        case "supervisor": self = .supervisor
        case "everything": self = .everything
        default:
            guard text.hasPrefix("rank="), let rank = Int(text.dropFirst(5)), rank >= 0 else { return nil }
            self = .rank(rank)
        }
    }

    public var description: String {
        switch self {
        case .rank(let rank): "rank \(rank)"
        case .coordinator: "the coordinator"
        case .launcher: "the launcher"
        case .supervisor: "the supervisor"
        case .everything: "everything"
        }
    }
}

extension RehearsedFault.Moment: CustomStringConvertible {
    /// `step=40`, `50%`, `unit=policy`, or a time such as `30s`.
    ///
    /// - Parameter seconds: reads times.
    public init?(_ text: String, seconds: (String) -> Double?) {
        if text.hasPrefix("step=") {
            guard let step = Int(text.dropFirst(5)), step >= 1 else { return nil }
            self = .step(step)
        } else if text.hasPrefix("unit=") {
            guard text.utf8.count > 5 else { return nil }
            self = .unit(String(text.dropFirst(5)))
        } else if text.hasSuffix("%") {
            guard let share = Double(text.dropLast()), (0...100).contains(share) else { return nil }
            self = .share(share / 100)
        } else {
            guard let time = seconds(text) else { return nil }
            self = .seconds(time)
        }
    }

    public var description: String {
        switch self {
        case .step(let step): "step \(step)"
        case .share(let share): "\(Int((share * 100).rounded())) % of the units"
        case .unit(let name): "unit '\(name)'"
        case .seconds(let seconds): "\(Int(seconds)) s"
        }
    }
}
