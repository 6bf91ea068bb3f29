import Foundation
import Ranks
import Recipes
import WorkGraph

/// What probe units produce.
struct Nothing: PortBundle {
    static let bundleType = BundleType(name: "Nothing", members: [.init("out", PortType("Nothing"))])
    let wiring: Wiring
    init(wiring: Wiring) { self.wiring = wiring }
}

/// Writes eight bytes and is done.
struct NoOpKind: UnitKind {
    typealias Result = Nothing
    static let description = KindDescription(name: "NoOp", summary: "Writes eight bytes.")
    @Setting(help: "Which one.") var index: Int = 0
    init() {}
    func run(_ context: UnitContext) throws {
        if let effects = Effects.shared { effects.note(index) }
        try context.write(withUnsafeBytes(of: Int64(index).littleEndian) { Array($0) }, to: "out")
    }
}

/// Writes more than a pack takes.
struct LargeKind: UnitKind {
    typealias Result = Nothing
    static let description = KindDescription(name: "Large", summary: "Writes sixteen thousand bytes.")
    @Setting(help: "Which one.") var index: Int = 0
    init() {}
    func run(_ context: UnitContext) throws {
        try context.write([UInt8](repeating: UInt8(truncatingIfNeeded: index), count: 16_000), to: "out")
    }
}

/// Sleeps, looking whether it is asked to stop.
struct SleepKind: UnitKind {
    typealias Result = Nothing
    static let description = KindDescription(name: "Sleep", summary: "Sleeps.")
    @Setting(help: "Which one.") var index: Int = 0
    @Setting(help: "How long.") var milliseconds: Int = 10
    init() {}
    func run(_ context: UnitContext) throws {
        let end = Date(timeIntervalSinceNow: Double(milliseconds) / 1000)
        while Date() < end {
            if context.stop != .none { throw Interrupted() }
            usleep(UInt32(min(milliseconds * 1000, 10_000)))
        }
        try context.write([UInt8(truncatingIfNeeded: index)], to: "out")
    }
}

/// Takes long in its first attempt and not in its second, which makes something else if it should.
struct StraggleKind: UnitKind {
    typealias Result = Nothing
    static let description = KindDescription(name: "Straggle", summary: "Takes long in its first attempt.")
    @Setting(help: "Which one.") var index: Int = 0
    @Setting(help: "The file by which attempts know of each other.") var flag: String = ""
    @Setting(help: "Whether attempts make different things; then they end together and do not stop.")
    var differs: Bool = false
    init() {}
    func run(_ context: UnitContext) throws {
        if context.attempt > 1 {
            _ = FileManager.default.createFile(atPath: flag, contents: nil)
        } else {
            let end = Date(timeIntervalSinceNow: 40)
            while Date() < end, !(differs && FileManager.default.fileExists(atPath: flag)) {
                if !differs, context.stop != .none { throw Interrupted() }
                usleep(2000)
            }
        }
        try context.write([differs ? UInt8(truncatingIfNeeded: context.attempt) : 7], to: "out")
    }
}

/// Counts to 20 with a checkpoint after every number; every number counted is a line of `effects`.
struct CountKind: UnitKind {
    typealias Result = Nothing
    static let description = KindDescription(name: "Count", summary: "Counts with checkpoints.", savesCheckpoints: true)
    @Setting(help: "Which one.") var index: Int = 0
    init() {}
    func run(_ context: UnitContext) throws {
        let path = context.checkpointDirectory + "/count"
        var count = (try? String(contentsOfFile: path, encoding: .utf8)).flatMap { Int($0) } ?? 0
        context.reporter.log("starts at \(count)")
        while count < 20 {
            if context.stop != .none { throw Interrupted() }
            usleep(20_000)
            count += 1
            try "\(count)".write(toFile: path, atomically: true, encoding: .utf8)
            context.reporter.progress(count, of: 20, figures: ["count": Double(count)])
        }
        context.reporter.figure("count", Double(count))
        try "\(count)\n".write(toFile: context.output("out"), atomically: false, encoding: .utf8)
    }
}

/// A gang: adds up squares, divided over its ranks; the sum does not tell how many there were.
struct GangKind: UnitKind {
    typealias Result = Nothing
    static let description = KindDescription(name: "Gang", summary: "Adds squares on all ranks.")
    @Setting(help: "Which one.") var index: Int = 0
    @Setting(help: "The gang's rank that fails; -1 for none.") var failing: Int = -1
    init() {}
    func run(_ context: UnitContext) throws {
        print("gang rank \(context.gang.rank) of \(context.gang.count)")
        if context.gang.rank == failing { throw CocoaError(.featureUnsupported) }
        let mine = stride(from: context.gang.rank, to: 1000, by: context.gang.count).reduce(0) { $0 + $1 * $1 }
        let all = try context.gang.allGather(withUnsafeBytes(of: mine) { Array($0) })
        let sum = all.reduce(0) { $0 + $1.withUnsafeBytes { $0.loadUnaligned(as: Int.self) } }
        if context.gang.rank == 0 {
            try "\(sum + index)\n".write(toFile: context.output("out"), atomically: false, encoding: .utf8)
        }
        context.reporter.figure("ranks", Double(context.gang.count))
    }
}

/// Fails, or kills its process, in its first attempts.
struct TroubleKind: UnitKind {
    typealias Result = Nothing
    static let description = KindDescription(name: "Trouble", summary: "Fails.")
    @Setting(help: "Which one.") var index: Int = 0
    @Setting(help: "Attempts that go wrong.") var attempts: Int = 1
    @Setting(help: "Kill the process instead of throwing.") var kills: Bool = false
    init() {}
    func run(_ context: UnitContext) throws {
        let path = context.checkpointDirectory + "/attempts"
        let before = (try? String(contentsOfFile: path, encoding: .utf8)).flatMap { Int($0) } ?? 0
        try "\(before + 1)".write(toFile: path, atomically: true, encoding: .utf8)
        print("attempt \(before + 1) prints this")
        if before < attempts {
            if kills {
                usleep(500_000)
                kill(getpid(), SIGKILL)
            }
            throw CocoaError(.featureUnsupported)
        }
        try context.write([1], to: "out")
    }
}

/// Does not look whether its time is up, in its first attempt.
struct StuckKind: UnitKind {
    typealias Result = Nothing
    static let description = KindDescription(name: "Stuck", summary: "Hangs once.")
    @Setting(help: "Which one.") var index: Int = 0
    init() {}
    func run(_ context: UnitContext) throws {
        let path = context.checkpointDirectory + "/begun"
        let isFirst = !FileManager.default.fileExists(atPath: path)
        try "".write(toFile: path, atomically: true, encoding: .utf8)
        if isFirst { sleep(600) }
        try context.write([1], to: "out")
    }
}

extension Catalogue {
    static let probes = Catalogue([
        NoOpKind.self, LargeKind.self, SleepKind.self, StraggleKind.self, CountKind.self, GangKind.self,
        TroubleKind.self,
        StuckKind.self,
    ])
}
