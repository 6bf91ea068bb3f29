import DurableFiles
import Glibc
public import Ledger

/// Requests to a running coordinator from other processes, and its own to its supervisor: files in the run's folder, which need no connection.
public struct ControlFiles: Sendable {
    /// What can be asked.
    public enum Request: String, Sendable, CaseIterable {
        /// Save checkpoints, finish what has none, start nothing more.
        case stop
        /// End everything now.
        case cancel
        /// The coordinator's word to its supervisor: what is left needs an allocation with more time.
        case moreTime
    }

    private let folder: String

    public init(_ directory: RunDirectory) { folder = directory.path + "/control" }

    /// Asks the coordinator of the run; it looks several times a second.
    public func ask(_ request: Request) throws {
        try DurableFiles.createDirectory(folder)
        try DurableFiles.write("", to: path(request))
    }

    /// The strongest open request.
    public var open: Request? {
        if access(path(.cancel), F_OK) == 0 { return .cancel }
        return access(path(.stop), F_OK) == 0 ? .stop : nil
    }

    /// Whether the run stopped because what is left does not fit into the time of its allocation.
    public var wantsMoreTime: Bool { access(path(.moreTime), F_OK) == 0 }

    /// Forgets earlier requests, when a run is taken up again.
    public func clear() throws {
        for request in Request.allCases where access(path(request), F_OK) == 0 {
            try DurableFiles.removeTree(path(request))
        }
    }

    private func path(_ request: Request) -> String { folder + "/" + request.rawValue }
}
