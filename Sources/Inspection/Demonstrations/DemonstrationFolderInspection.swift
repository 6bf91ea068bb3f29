import Episodes
import Foundation
public import Pictures

/// A folder of demonstrations: files of one layout, such as an episode each.
public struct DemonstrationFolderInspection: InspectedThing {
    public static let kind = "folder of demonstrations"

    public let demonstrations: DemonstrationFile
    /// HDF5 files in it.
    public let files: Int

    public static func recognizes(_ place: InspectedPlace) -> Bool {
        guard place.isFolder, let first = hdf5Names(place).first else { return false }
        return HDF5Inspection.recognizes((try? InspectedPlace(place.path + "/" + first)) ?? place)
            && (try? DemonstrationHeader.scan(place.path)) != nil
    }

    private static func hdf5Names(_ place: InspectedPlace) -> [String] {
        place.names.filter { ["hdf5", "h5", "hdf"].contains(($0 as NSString).pathExtension.lowercased()) }
    }

    public init(_ place: InspectedPlace, options: InspectionOptions) throws {
        files = Self.hdf5Names(place).count
        demonstrations = try DemonstrationFile(DemonstrationHeader.scan(place.path), options: options)
    }

    public var lines: [String] {
        ["\(counted(files, "file")); 'inspect' one of them shows its tree", ""] + demonstrations.lines
    }

    public func demonstrations(at place: InspectedPlace) -> String? { place.path }

    public func contactSheet(of place: InspectedPlace) throws -> ContactSheet? {
        try EpisodeSheet.make(DemonstrationHeader.scan(place.path))
    }
}
