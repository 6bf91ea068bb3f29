import DurableFiles
import Foundation

extension ArtifactStore {
    /// The stores that `layout`'s names, absolute.
    static func alternates(of layout: StoreLayout) throws -> [String] {
        guard DurableFiles.exists(layout.alternates) else { return [] }
        let text = String(decoding: try DurableFiles.read(layout.alternates), as: UTF8.self)
        return text.split(separator: "\n").map(String.init).filter { $0.hasPrefix("/") }
    }

    /// Checks that a folder is a store that can be read.
    ///
    /// - Parameter path: absolute.
    /// - Throws: ``LedgerError`` (66, or 65 for one of a newer program).
    public static func checkAlternate(_ path: String) throws {
        let layout = StoreLayout(path)
        guard DurableFiles.exists(layout.storeFile) else {
            throw LedgerError(
                .unknownName, "'\(path)' is no store: it has no store.json. Name the folder that --store has there.")
        }
        _ = try LedgerJSON.read(StoreFile.self, layout.storeFile, known: LedgerSchema.store)
    }

    /// Remembers stores that are read from now on by everything that opens this one.
    ///
    /// Nothing is ever written to them. What they lose is made again here.
    public func remember(alternates paths: [String]) throws {
        var known = try Self.alternates(of: layout)
        let new = paths.filter { !known.contains($0) && $0 != layout.root }
        guard !new.isEmpty else { return }
        known += new
        try DurableFiles.write(known.joined(separator: "\n") + "\n", to: layout.alternates)
    }
}
