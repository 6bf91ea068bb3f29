import Episodes
import HDF5
public import Pictures

/// An HDF5 file: its tree, and what a known layout makes of it.
public struct HDF5Inspection: InspectedThing {
    public static let kind = "HDF5 file"

    public let tree: HDF5Outline
    /// What it holds, when it is in a layout that `Ingest` reads.
    public let demonstrations: DemonstrationFile?
    /// Why no layout fits, or why one that fits cannot be read; `nil` when one is read.
    public let noLayout: String?
    /// Whether it has robomimic's group of episodes, but is too damaged to be told about as demonstrations.
    public let isDamagedLayout: Bool
    /// A call of `Ingest` with columns to start from, a line each, when no layout fits.
    public let mapping: [String]
    /// Ranges of every dataset of numbers when no layout fits; names of groups with their numbers as `#`.
    public let ranges: [StreamRange]

    public static func recognizes(_ place: InspectedPlace) -> Bool {
        let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
        return [0, 512, 1024, 2048].contains { place.start.dropFirst($0).starts(with: signature) }
    }

    /// - Throws: `HDF5Error` when the file is no HDF5 file, cut short or damaged at its root.
    public init(_ place: InspectedPlace, options: InspectionOptions) throws {
        try self.init(HDF5File(reading: place.path), options: options)
    }

    init(_ file: HDF5File, options: InspectionOptions) throws {
        let whole = HDF5Outline.read(file, folding: options.foldsSiblings)
        if whole.children.isEmpty, let remark = whole.remark {
            throw HDF5Error(.badFile, file: file.path, object: "/", message: remark)
        }
        tree = whole
        do {
            demonstrations = try DemonstrationFile(DemonstrationHeader.scan(file.path), options: options)
            mapping = []
            noLayout = nil
            isDamagedLayout = false
            ranges = []
        } catch {
            demonstrations = nil
            noLayout = Self.reason(error)
            isDamagedLayout = whole.children.contains { member in
                // Arrays side by side in 'data' are somebody else's.
                member.name == "data" && member.kind == .group
                    && (member.children.isEmpty || member.children.contains { $0.kind == .group })
            }
            mapping = isDamagedLayout ? [] : MappingGuess(file).lines
            ranges = options.readsRanges ? Self.ranges(of: file, options) : []
        }
    }

    public var lines: [String] {
        var lines = tree.lines + [""]
        if let demonstrations { return lines + demonstrations.lines }
        if let noLayout {
            lines.append(
                (isDamagedLayout
                    ? "it has a group 'data', as robomimic keeps demonstrations, which Ingest refuses: "
                    : "no layout that Ingest reads fits: ") + noLayout)
        }
        if !mapping.isEmpty {
            lines += ["", "a mapping to start from, every line a guess:"] + mapping.map { "  " + $0 }
        }
        let table = StreamRange.table(ranges)
        return table.isEmpty ? lines : lines + [""] + table
    }

    public func demonstrations(at place: InspectedPlace) -> String? { demonstrations == nil ? nil : place.path }

    public func contactSheet(of place: InspectedPlace) throws -> ContactSheet? {
        if demonstrations != nil, let sheet = try EpisodeSheet.make(DemonstrationHeader.scan(place.path)) {
            return sheet
        }
        return try PictureDatasets.sheet(of: HDF5File(reading: place.path))
    }

    /// The error without the file's path, which the heading has.
    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as EpisodeError:
            (error.object == "/" ? "" : "\(error.object): ") + "expected \(error.expected), found \(error.found)"
                + (error.remedy.map { "; \($0)" } ?? "")
        case let error as HDF5Error: "\(error.object): \(error.message)"
        default: "\(error)"
        }
    }

    private static func ranges(of file: HDF5File, _ options: InspectionOptions) -> [StreamRange] {
        var reader = RangeReader()
        let numbers = DatasetPlace.all(in: file).filter { $0.element.isNumeric && !$0.isPictures }
        for (place, dataset) in numbers.enumerated() {
            // What cannot be read has a remark in the tree, or is told by whoever reads it.
            if let opened = try? file.root.dataset(String(dataset.path.dropFirst())) {
                try? reader.add(opened, as: dataset.pattern)
            }
            options.progress("numbers", place + 1, numbers.count)
        }
        return reader.ranges
    }
}
