public import Ranks

/// A failure of another rank of the gang, as that rank described it.
public struct GangFailure: Error, Hashable, CustomStringConvertible {
    public let rank: Int
    public let description: String
}

extension Gang {
    /// Runs `body` on every rank and, when it fails on any, fails on all: nobody waits for a rank that gave up.
    ///
    /// - Throws: this rank's own error, or ``GangFailure`` with that of the first rank that failed.
    public func together<Value>(_ body: () throws -> Value) throws -> Value {
        let result = Result { try body() }
        var message: [UInt8] = []
        if case .failure(let error) = result { message = Array("\(error)".utf8) + [0] }
        let messages = try allGather(message)
        let value = try result.get()
        if let failed = messages.firstIndex(where: { !$0.isEmpty }) {
            throw GangFailure(rank: failed, description: String(decoding: messages[failed].dropLast(), as: UTF8.self))
        }
        return value
    }
}

extension Gang {
    /// Whether `condition` holds on any rank; the same answer on all.
    public func anyRank(_ condition: Bool) throws -> Bool {
        try allGather([condition ? 1 : 0]).contains([1])
    }
}
