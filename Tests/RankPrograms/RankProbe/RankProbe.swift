import Foundation
import Ranks

/// Exercises communicators, gangs and mailboxes with any number of processes; ends with 1 when something is wrong.
@main
struct RankProbe {
    struct Wrong: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    static func main() {
        do {
            let environment = try MPIEnvironment()
            let world = environment.world
            try ring(world)
            try gatherings(world)
            try groups(world)
            try splits(world)
            try letters(world)
            try wrongSizes(world)
            try interruption(world)
            try MPIGang(world).barrier()
            if world.rank == 0 { print("ok \(world.count)") }
            try environment.finalize()
        } catch {
            FileHandle.standardError.write(Data("RankProbe: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func expect(_ condition: Bool, _ text: @autoclosure () -> String) throws {
        if !condition { throw Wrong(text()) }
    }

    /// Every rank sends a megabyte to the next one.
    private static func ring(_ world: Communicator) throws {
        guard world.count > 1 else { return }
        let gang = MPIGang(world)
        let out = [UInt8](repeating: UInt8(world.rank), count: 1 << 20)
        var into = [UInt8](repeating: 255, count: 1 << 20)
        let before = (world.rank + world.count - 1) % world.count
        try out.withUnsafeBytes { out in
            try into.withUnsafeMutableBytes { into in
                try gang.exchange(
                    sending: [OutgoingMessage(bytes: out, destination: (world.rank + 1) % world.count, tag: 7)],
                    receiving: [IncomingMessage(bytes: into, source: before, tag: 7)])
            }
        }
        try expect(into.allSatisfy { $0 == UInt8(before) }, "the ring brought other bytes than rank \(before) sent")
    }

    private static func gatherings(_ world: Communicator) throws {
        let gang = MPIGang(world)
        let mine = [UInt8](repeating: UInt8(world.rank), count: world.rank * 1000)
        let all = try gang.allGather(mine)
        try expect(
            all == (0..<world.count).map { [UInt8](repeating: UInt8($0), count: $0 * 1000) }, "allGather is not by rank"
        )
        try expect(try gang.broadcast(world.rank == 0 ? [1, 2, 3] : []) == [1, 2, 3], "broadcast lost bytes")
    }

    /// Odd ranks make a group while even ranks make another.
    private static func groups(_ world: Communicator) throws {
        let members = (0..<world.count).filter { $0 % 2 == world.rank % 2 }
        for round in 0..<20 {
            let group = try world.createGroup(of: members, tag: Int32(100 + world.rank % 2))
            try expect(group.count == members.count, "the group has \(group.count) ranks")
            let gathered = try MPIGang(group).allGather([UInt8(world.rank), UInt8(round)])
            try expect(gathered == members.map { [UInt8($0), UInt8(round)] }, "the group gathered \(gathered)")
            try MPIGang(group).barrier()
            try group.free()
        }
    }

    private static func splits(_ world: Communicator) throws {
        let half = try world.split(color: world.rank % 2)
        try expect(
            half.count == (0..<world.count).filter { $0 % 2 == world.rank % 2 }.count, "split gave \(half.count)")
        try half.free()
        let machine = try world.splitByMachine()
        try expect(machine.count == world.count, "all ranks stand on this machine")
        try machine.free()
    }

    private static func letters(_ world: Communicator) throws {
        let channel = try world.duplicate()
        var mailbox = Mailbox(channel)
        for length in [0, 1, 100_000] {
            for rank in 0..<world.count where rank != world.rank {
                try mailbox.send([UInt8](repeating: UInt8(world.rank), count: length), to: rank)
            }
        }
        var received: [Int: [Int]] = [:]
        var wait = BackOff()
        let end = Date(timeIntervalSinceNow: 20)
        while received.values.reduce(0, { $0 + $1.count }) < 3 * (world.count - 1) {
            guard let letter = try mailbox.receive() else {
                try expect(Date() < end, "letters are missing: \(received)")
                wait.pause()
                continue
            }
            let strange = letter.bytes.firstIndex { $0 != UInt8(letter.sender) }
            try expect(
                strange == nil,
                "rank \(world.rank): a letter of \(letter.bytes.count) bytes from rank \(letter.sender) holds "
                    + "\(letter.bytes[strange ?? 0]) from byte \(strange ?? 0) on; before it \(received)")
            received[letter.sender, default: []].append(letter.bytes.count)
        }
        for (sender, lengths) in received {
            try expect(lengths == [0, 1, 100_000], "letters of \(sender): \(lengths)")
        }
        try mailbox.drain(seconds: 5)
        try expect(mailbox.pendingCount == 0, "letters did not leave")
        try MPIGang(channel).barrier()
        try channel.free()
    }

    /// A receive of another size is an error that names both sizes or MPI's own complaint.
    private static func wrongSizes(_ world: Communicator) throws {
        guard world.count > 1, world.rank < 2 else { return }
        let gang = MPIGang(try world.createGroup(of: [0, 1], tag: 9))
        var bytes = [UInt8](repeating: 0, count: 8)
        let failure: (any Error)? = bytes.withUnsafeMutableBytes { bytes in
            do {
                if world.rank == 0 {
                    try gang.exchange(
                        sending: [
                            OutgoingMessage(
                                bytes: UnsafeRawBufferPointer(rebasing: bytes[0..<4]), destination: 1, tag: 3)
                        ], receiving: [])
                } else {
                    try gang.exchange(
                        sending: [],
                        receiving: [IncomingMessage(bytes: bytes, source: 0, tag: 3)])
                }
                return nil
            } catch { return error }
        }
        try expect((failure != nil) == (world.rank == 1), "rank \(world.rank): \(String(describing: failure))")
        if let failure { try expect((failure as? RanksError)?.code == .messageSize, "\(failure)") }
    }

    /// Waiting for a rank that never writes ends when it is told to.
    private static func interruption(_ world: Communicator) throws {
        guard world.count > 1, world.rank == 0 else { return }
        let gang = MPIGang(world) { "the other rank is gone" }
        var bytes = [UInt8](repeating: 0, count: 8)
        let failure: (any Error)? = bytes.withUnsafeMutableBytes { bytes in
            do {
                try gang.exchange(sending: [], receiving: [IncomingMessage(bytes: bytes, source: 1, tag: 55)])
                return nil
            } catch { return error }
        }
        try expect((failure as? RanksError)?.code == .interrupted, "\(String(describing: failure))")
    }
}
