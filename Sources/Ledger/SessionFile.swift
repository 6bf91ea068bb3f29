import Determinism
import DurableFiles
import Foundation

/// The file of one session: a header line, then claims and releases in order of time, 33 bytes each.
final class SessionFile: Sendable {
    struct Header: Codable, Hashable {
        let schema: Int
        let run: String
        let fence: Int
        let host: String
        let process: Int32
    }

    let path: String
    private let log: AppendLog

    init(creating path: String, _ header: Header) throws {
        self.path = path
        log = try AppendLog(creating: path)
        try log.append(LedgerJSON.encode(header, pretty: false))
    }

    /// Adds records without syncing: claims die with the machine anyway.
    func append(_ keys: [Digest], isClaim: Bool) throws {
        guard !keys.isEmpty else { return }
        var writer = BinaryWriter()
        writer.reserve(keys.count * 33)
        for key in keys {
            writer.append(UInt8(ascii: isClaim ? "+" : "-"))
            writer.append(key)
        }
        try log.append(writer.bytes, syncing: false)
    }

    func touch() { log.touch() }

    /// The file of another session, read as far as it went at the last look.
    struct Reader {
        let header: Header
        /// Claimed and not released.
        private(set) var keys: Set<Digest> = []
        private let file: ReadableFile
        private var position: Int

        init(_ path: String) throws {
            file = try ReadableFile(path)
            let start = try file.read(at: 0, count: 4096)
            guard let end = start.firstIndex(of: 10) else { throw LedgerError.damaged(path, "it has no header") }
            header = try LedgerJSON.decode(Header.self, from: Array(start[..<end]), path: path)
            position = end + 1
        }

        var holder: StoreSession.Holder {
            StoreSession.Holder(run: header.run, fence: header.fence, host: header.host, process: header.process)
        }

        mutating func refresh() throws {
            let count = (file.size - position) / 33 * 33
            guard count > 0 else { return }
            let bytes = try file.read(at: position, count: count)
            var reader = BinaryReader(bytes[...])
            while !reader.isAtEnd {
                let sign = try reader.byte()
                let key = try reader.digest()
                if sign == UInt8(ascii: "+") { keys.insert(key) } else { keys.remove(key) }
            }
            position += bytes.count
        }
    }
}
