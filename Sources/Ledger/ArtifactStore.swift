import Determinism
import DurableFiles
import Synchronization

/// The content-addressed store of everything that units made: immutable, complete or absent.
///
/// A large artifact is a folder `artifacts/<2>/<key>/` with `manifest.json` and `outputs/`, renamed in as a whole. Small ones (at most
/// ``inlineLimit`` bytes) are records of a pack with one sync for many. Safe to use from several threads, processes and machines.
public final class ArtifactStore: Sendable {
    /// Outputs of a unit that are together at most this long are stored inline.
    public static let inlineLimit = 4096

    public let layout: StoreLayout
    let state = Mutex(State())
    /// The pack this process appends to; taken before ``state`` when both are, so that look-ups never wait for a sync.
    let writer = Mutex<AppendLog?>(nil)
    /// Stores that are only read, asked in this order for what is missing here.
    let alternates: [ArtifactStore]

    struct State {
        var index: [Digest: Place] = [:]
        /// Content key to plan key, of inline artifacts where the two differ.
        var byContent: [Digest: Digest] = [:]
        var packs: [String: PackFile] = [:]
        var folders = FolderPrefixes()
        var isPrepared = false
        var notices: [String] = []
    }

    /// Where a small artifact is.
    enum Place {
        case record(PackRecord, pack: String)
        case alias(of: Digest)
    }

    /// Opens the store at `root`; nothing is created before something is written.
    ///
    /// - Parameter alternates: further stores to read, beside those that the store itself names.
    /// - Throws: ``LedgerError`` when it was written by a newer program.
    public convenience init(_ root: String, alsoReading alternates: [String] = []) throws {
        let layout = StoreLayout(root)
        var roots: [String] = []
        for other in try Self.alternates(of: layout) + alternates where other != root && !roots.contains(other) {
            roots.append(other)
        }
        // What others read in turn is their business: no chains, and no circles.
        try self.init(
            layout,
            alternates: roots.filter { DurableFiles.exists($0) }.map {
                try ArtifactStore(StoreLayout($0), alternates: [])
            })
    }

    private init(_ layout: StoreLayout, alternates: [ArtifactStore]) throws {
        self.layout = layout
        self.alternates = alternates
        if DurableFiles.exists(layout.storeFile) {
            _ = try LedgerJSON.read(StoreFile.self, layout.storeFile, known: LedgerSchema.store)
        }
        try refresh()
    }

    struct StoreFile: Codable { let schema: Int }

    /// Makes the folders, private to the user.
    public func prepare() throws {
        try state.withLock { state in
            guard !state.isPrepared else { return }
            for folder in [layout.artifacts, layout.packs, layout.staging, layout.runs, layout.sessions] {
                try DurableFiles.createDirectory(folder)
            }
            if !DurableFiles.exists(layout.storeFile) {
                try DurableFiles.write(LedgerJSON.encode(StoreFile(schema: LedgerSchema.store)), to: layout.storeFile)
            }
            state.isPrepared = true
        }
    }

    /// Takes notice of what other processes appended to packs since the last time.
    public func refresh() throws {
        for store in alternates { try store.refresh() }
        try state.withLock { try refresh(&$0) }
    }

    func refresh(_ state: inout State) throws {
        guard DurableFiles.isDirectory(layout.packs) else { return }
        for entry in try DurableFiles.entries(of: layout.packs) where entry.name.hasSuffix(".pack") {
            let path = layout.packs + "/" + entry.name
            do {
                var pack = try state.packs[path] ?? PackFile(path)
                let gaps = pack.damagedGaps
                for record in try pack.newRecords() { add(record, pack: path, to: &state) }
                if pack.damagedGaps > gaps {
                    state.notices.append("some records of '\(path)' are damaged; the units they belong to run again")
                }
                state.packs[path] = pack
            } catch let error as LedgerError where error.code == .damaged {
                state.notices.append(error.message)
            }
        }
    }

    func add(_ record: PackRecord, pack: String, to state: inout State) {
        switch record.kind {
        case .artifact:
            state.index[record.key] = .record(record, pack: pack)
            if record.second != record.key { state.byContent[record.second] = record.key }
        case .alias: state.index[record.key] = .alias(of: record.second)
        }
    }

    /// What should be told to a person since the last call, such as damaged packs.
    public func takeNotices() -> [String] {
        state.withLock { state in
            defer { state.notices = [] }
            return state.notices
        }
    }
}
