import DurableFiles
import HDF5
import Training

/// What two files or folders have not in common, found without reading either whole into memory.
///
/// Files are the same when their bytes are; of those that are not, the kind decides how they are shown: tensors of
/// safetensors, datasets of HDF5, episodes of a selection, values of JSON, lines of text, else bytes.
public struct Comparison: Sendable, Encodable {
    /// In the order of the files: of each its first differences, of a tensor or dataset its first element.
    public internal(set) var differences: [Difference] = []
    /// Files that were compared.
    public private(set) var files = 0
    /// Bytes of the first thing that were compared.
    public private(set) var bytes = 0
    /// Files of which more differences were found than are listed.
    public private(set) var shortened: [String] = []

    public var isEqual: Bool { differences.isEmpty }

    /// Differences of one file that are listed.
    static let listed = 20

    /// Compares `first` with `second`.
    ///
    /// - Parameter progress: called with the file of a folder that is compared next, its place and how many there are.
    /// - Throws: ``InspectionError`` when one is missing, `DurableFilesError` when it cannot be read.
    public init(_ first: String, _ second: String, progress: (String, Int, Int) -> Void = { _, _, _ in }) throws {
        let places = try [InspectedPlace(first), InspectedPlace(second)]
        if places[0].isFolder != places[1].isFolder {
            func word(_ place: InspectedPlace) -> String { place.isFolder ? "a folder" : "a file" }
            differences = [Difference(place: "", first: word(places[0]), second: word(places[1]))]
        } else if places[0].isFolder {
            try compareFolders(places[0].path, places[1].path, progress)
        } else {
            try compareFiles(places[0].path, places[1].path, name: "")
        }
    }

    private mutating func compareFolders(
        _ first: String, _ second: String, _ progress: (String, Int, Int) -> Void
    ) throws {
        let members = try [first, second].map { folder in
            Dictionary(uniqueKeysWithValues: try DurableFiles.files(below: folder).map { ($0.path, $0.bytes) })
        }
        // Tensors say most; manifests, which hold the digests of the others, say least.
        func rank(_ name: String) -> Int {
            name.hasSuffix(".safetensors") ? 0 : name.hasSuffix("manifest.json") ? 2 : 1
        }
        let names = Set(members[0].keys).union(members[1].keys).sorted { (rank($0), $0) < (rank($1), $1) }
        for (place, name) in names.enumerated() {
            guard members[0][name] != nil, members[1][name] != nil else {
                func word(_ bytes: Int?) -> String { bytes.map { "\($0) bytes" } ?? "absent" }
                differences.append(
                    Difference(place: "", first: word(members[0][name]), second: word(members[1][name])).inFile(name))
                continue
            }
            progress(name, place + 1, names.count)
            try compareFiles(first + "/" + name, second + "/" + name, name: name)
        }
    }

    private mutating func compareFiles(_ first: String, _ second: String, name: String) throws {
        files += 1
        let pair = try FilePair(first, second)
        bytes += pair.sizes.first
        guard let offset = try pair.firstDifference() else { return }
        var found: [Difference]
        if let tensors = try TensorComparison.differences(first, second) {
            found = tensors
        } else if let datasets = try HDF5Comparison.differences(first, second) {
            found = datasets
        } else if let episodes = try SelectionComparison.differences(pair), !episodes.isEmpty {
            found = episodes
        } else if let values = try TextComparison.differences(pair) {
            found = values
        } else {
            found = []
        }
        if found.isEmpty { found = [try pair.bytes(around: offset)] }
        if found.count > Self.listed { shortened.append(name) }
        differences += found.prefix(Self.listed).map { $0.inFile(name) }
    }
}

/// Two open files.
struct FilePair {
    let first: ReadableFile
    let second: ReadableFile
    let sizes: (first: Int, second: Int)

    init(_ first: String, _ second: String) throws {
        self.first = try ReadableFile(first)
        self.second = try ReadableFile(second)
        sizes = (self.first.size, self.second.size)
    }

    /// The offset of the first byte that only one has or that differs; `nil` for equal files.
    func firstDifference() throws -> Int? {
        var offset = 0
        while true {
            let here = try first.read(at: offset, count: 1 << 20)
            let there = try second.read(at: offset, count: 1 << 20)
            if here != there {
                let place = zip(here, there).enumerated().first { $0.element.0 != $0.element.1 }?.offset
                return offset + (place ?? min(here.count, there.count))
            }
            if here.isEmpty { return nil }
            offset += here.count
        }
    }

    /// The bytes from the first difference on.
    func bytes(around offset: Int) throws -> Difference {
        func text(_ file: ReadableFile) throws -> String {
            let bytes = try file.read(at: offset, count: 8)
            return bytes.isEmpty
                ? "ends after \(file.size) bytes"
                : bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
        }
        return Difference(place: "byte \(offset)", first: try text(first), second: try text(second))
    }
}
