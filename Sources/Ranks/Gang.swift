/// The ranks that run one unit together, and the bytes between them.
///
/// Only bytes move; no floating-point reduction is ever left to the transport, whose order of additions depends on the
/// number of ranks. Every call blocks the calling thread, sleeping with back-off rather than spinning once a wait is long.
public protocol Gang: Sendable {
    /// This process's place, `0..<count`.
    var rank: Int { get }
    var count: Int { get }

    /// Sends all `messages` and fills all `receptions`, in any order, and returns when every one is complete.
    ///
    /// Messages between one pair of ranks with one tag arrive in the order they were posted. Sizes on both sides are equal.
    func exchange(sending messages: [OutgoingMessage], receiving receptions: [IncomingMessage]) throws

    /// Returns when every rank of the gang has entered.
    func barrier() throws
}

/// Bytes for one rank.
///
/// The memory must stay valid until ``Gang/exchange(sending:receiving:)`` returns.
@safe
public struct OutgoingMessage {
    public let bytes: UnsafeRawBufferPointer
    public let destination: Int
    /// 0...32767.
    public let tag: Int32

    public init(bytes: UnsafeRawBufferPointer, destination: Int, tag: Int32) {
        unsafe self.bytes = bytes
        self.destination = destination
        self.tag = tag
    }
}

/// A place for bytes from one rank.
///
/// The memory must stay valid until ``Gang/exchange(sending:receiving:)`` returns.
@safe
public struct IncomingMessage {
    public let bytes: UnsafeMutableRawBufferPointer
    public let source: Int
    /// 0...32767.
    public let tag: Int32

    public init(bytes: UnsafeMutableRawBufferPointer, source: Int, tag: Int32) {
        unsafe self.bytes = bytes
        self.source = source
        self.tag = tag
    }
}

extension Gang {
    /// Rank 0's bytes on every rank.
    public func broadcast(_ bytes: [UInt8]) throws -> [UInt8] {
        try allGather(rank == 0 ? bytes : [])[0]
    }

    /// Every rank's bytes on every rank, by rank.
    ///
    /// Lengths may differ.
    public func allGather(_ bytes: [UInt8]) throws -> [[UInt8]] {
        if count == 1 { return [bytes] }
        var lengths = [UInt64](repeating: 0, count: count)
        var mine = [UInt64(bytes.count)]
        lengths[rank] = mine[0]
        unsafe try mine.withUnsafeMutableBytes { out in
            unsafe try lengths.withUnsafeMutableBytes { into in
                let others = (0..<count).filter { $0 != rank }
                try exchange(
                    sending: others.map {
                        unsafe OutgoingMessage(bytes: UnsafeRawBufferPointer(out), destination: $0, tag: 1)
                    },
                    receiving: others.map {
                        unsafe IncomingMessage(
                            bytes: UnsafeMutableRawBufferPointer(rebasing: into[$0 * 8..<$0 * 8 + 8]), source: $0,
                            tag: 1)
                    })
            }
        }
        let starts = lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + Int($1)) }
        var all = [UInt8](repeating: 0, count: starts[count])
        all.replaceSubrange(starts[rank]..<starts[rank + 1], with: bytes)
        unsafe try bytes.withUnsafeBytes { out in
            unsafe try all.withUnsafeMutableBytes { into in
                let others = (0..<count).filter { $0 != rank }
                try exchange(
                    sending: bytes.isEmpty
                        ? []
                        : others.map { unsafe OutgoingMessage(bytes: out, destination: $0, tag: 2) },
                    receiving: others.filter { lengths[$0] > 0 }.map {
                        unsafe IncomingMessage(
                            bytes: UnsafeMutableRawBufferPointer(rebasing: into[starts[$0]..<starts[$0 + 1]]),
                            source: $0, tag: 2)
                    })
            }
        }
        return (0..<count).map { Array(all[starts[$0]..<starts[$0 + 1]]) }
    }
}

/// A gang of one: no messages, no MPI.
public struct SoloGang: Gang {
    public init() {}
    public var rank: Int { 0 }
    public var count: Int { 1 }
    public func exchange(sending messages: [OutgoingMessage], receiving receptions: [IncomingMessage]) throws {
        precondition(messages.isEmpty && receptions.isEmpty, "a gang of one has nobody to write to")
    }
    public func barrier() throws {}
}
