import Dispatch
public import Ranks
import Synchronization
import Foundation

/// A gang of threads in one process, for testing units of several ranks without MPI.
///
/// Safety: mailboxes are guarded by the condition; messages are copied on sending.
public final class ThreadGang: Gang, @unchecked Sendable {
    private final class Exchange: @unchecked Sendable {
        struct Key: Hashable { let from: Int, to: Int; let tag: Int32 }
        let condition = NSCondition()
        var mail: [Key: [[UInt8]]] = [:]
        var entered = 0
        var generation = 0
    }

    public let rank: Int
    public let count: Int
    private let shared: Exchange

    private init(rank: Int, count: Int, shared: Exchange) {
        self.rank = rank
        self.count = count
        self.shared = shared
    }

    /// Runs `body` once per rank on threads of their own and returns the results by rank.
    ///
    /// - Throws: the error of the lowest rank that failed.
    public static func run<Value: Sendable>(
        ranks: Int, _ body: @escaping @Sendable (ThreadGang) throws -> Value
    ) throws -> [Value] {
        let shared = Exchange()
        let results = Mutex<[Int: Result<Value, any Error>]>([:])
        let group = DispatchGroup()
        for rank in 0..<ranks {
            let thread = Thread {
                let gang = ThreadGang(rank: rank, count: ranks, shared: shared)
                let result = Result { try body(gang) }
                results.withLock { $0[rank] = result }
                group.leave()
            }
            thread.stackSize = 16 << 20
            group.enter()
            thread.start()
        }
        group.wait()
        let byRank = results.withLock { $0 }
        return try (0..<ranks).compactMap { try byRank[$0]?.get() }
    }

    public func exchange(sending messages: [OutgoingMessage], receiving receptions: [IncomingMessage]) throws {
        shared.condition.lock()
        defer { shared.condition.unlock() }
        for message in messages {
            shared.mail[.init(from: rank, to: message.destination, tag: message.tag), default: []]
                .append(Array(message.bytes))
        }
        shared.condition.broadcast()
        for reception in receptions {
            let key = Exchange.Key(from: reception.source, to: rank, tag: reception.tag)
            while shared.mail[key, default: []].isEmpty { shared.condition.wait() }
            let bytes = shared.mail[key, default: []].removeFirst()
            precondition(bytes.count == reception.bytes.count, "message sizes differ")
            reception.bytes.copyBytes(from: bytes)
        }
    }

    public func barrier() throws {
        shared.condition.lock()
        defer { shared.condition.unlock() }
        let generation = shared.generation
        shared.entered += 1
        if shared.entered == count {
            shared.entered = 0
            shared.generation += 1
            shared.condition.broadcast()
        }
        while shared.generation == generation { shared.condition.wait() }
    }
}
