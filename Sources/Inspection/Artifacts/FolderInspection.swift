import DurableFiles
import Foundation
import Observatory
public import Pictures

/// A folder of no kind of its own: its members, each with its kind.
public struct FolderInspection: InspectedThing {
    public static let kind = "folder"
    private static let shown = 100

    /// A file or folder in it.
    public struct Member: Sendable, Encodable {
        public let name: String
        /// What it is recognized as; empty when as nothing.
        public let kind: String
        public let bytes: Int
    }

    public let members: [Member]

    public static func recognizes(_ place: InspectedPlace) -> Bool { place.isFolder }

    public init(_ place: InspectedPlace, options: InspectionOptions) throws {
        members = try Self.members(of: place)
    }

    static func members(of place: InspectedPlace) throws -> [Member] {
        place.names.compactMap { name in
            guard let member = try? InspectedPlace(place.path + "/" + name) else { return nil }
            let kind = Inspector.kinds.first { $0.recognizes(member) }
            return Member(name: name, kind: kind?.kind ?? "", bytes: member.bytes)
        }
    }

    public var lines: [String] {
        if members.isEmpty { return ["empty"] }
        var table = TextTable(["member", "kind", "bytes"], numeric: [2])
        for member in members.prefix(Self.shown) {
            table.append([member.name, member.kind, HumanText.bytes(member.bytes)])
        }
        return table.lines() + (members.count > Self.shown ? ["… and \(members.count - Self.shown) more"] : [])
    }

    /// The contact sheets of its HDF5 files, a few rows of each.
    public func contactSheet(of place: InspectedPlace) throws -> ContactSheet? {
        let files = members.filter { $0.kind == HDF5Inspection.kind }
        var rows: [[ContactSheet.Cell]] = []
        var headings: [String] = []
        var scale = 1
        for position in EvenChoice.positions(6, of: files.count) {
            let member = try InspectedPlace(place.path + "/" + files[position].name)
            let options = InspectionOptions(readsRanges: false)
            guard let sheet = try HDF5Inspection(member, options: options).contactSheet(of: member) else { continue }
            rows += sheet.rows.prefix(4)
            headings += sheet.headings.prefix(4).map { "\(files[position].name) \($0)" }
            scale = max(scale, sheet.scale)
        }
        guard !rows.isEmpty else { return nil }
        var sheet = ContactSheet(rows: rows)
        sheet.headings = headings
        sheet.scale = scale
        return sheet
    }
}
