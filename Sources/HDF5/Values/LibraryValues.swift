import CHDF5
import Foundation

/// Values that only the library can read; those of files from outside in a child process.
struct LibraryValues {
    let dataset: HDF5Dataset

    /// Fills `values` with `rows`, converted to the type that `memoryType` names.
    ///
    /// - Parameter memoryType: asked under the library's lock; 0 leaves elements as they are stored.
    func read(
        _ rows: Range<Int>, as memoryType: () -> hid_t, into values: UnsafeMutableRawBufferPointer
    ) throws(HDF5Error) {
        let memory = HDF5Library.locked { memoryType() }
        guard dataset.file.origin == .outside else {
            _ = try unsafe fetch(rows, memory, into: values.baseAddress, size: values.count)
            return
        }
        let size = values.count
        guard let shared = unsafe orc_shared_memory(size) else {
            throw HDF5Error(
                .badFile, file: dataset.file.path, object: dataset.path,
                message: "cannot be read: \(size) bytes of memory are not to be had")
        }
        defer { unsafe munmap(shared, size) }
        _ = try unsafe fetch(rows, memory, into: shared, size: size)
        unsafe values.copyMemory(from: UnsafeRawBufferPointer(start: shared, count: size))
    }

    /// All strings of variable length.
    func strings() throws(HDF5Error) -> [String] {
        let count = try dataset.count()
        let rows = dataset.shape.first ?? 1
        let answer = try unsafe fetch(0..<rows, 0, into: nil, size: 0)
        guard let texts = try? StructureDecoder.texts(of: answer), texts.count == count else { throw damaged([]) }
        return texts
    }

    /// Lets the library fetch `rows` into `values`; returns what it answers besides.
    private func fetch(
        _ rows: Range<Int>, _ memory: hid_t, into values: UnsafeMutableRawPointer?, size: Int
    ) throws(HDF5Error) -> [UInt8] {
        let seconds = UInt32(clamping: 20 + dataset.storedBytes / 2_000_000 + size / 20_000_000)
        let answer = unsafe dataset.file.path.withCString { path in
            unsafe dataset.path.withCString { name in
                var request = unsafe orc_h5_request(
                    path: path, dataset: name, memory: memory, first: hsize_t(rows.lowerBound),
                    rows: hsize_t(rows.count), values: values, size: size)
                return unsafe LibraryTask.run(
                    orc_h5_fetch, &request, apart: dataset.file.origin == .outside, seconds: seconds)
            }
        }
        switch answer {
        case .bytes(let bytes) where bytes.first == 0: return Array(bytes.dropFirst())
        case .bytes(let bytes):
            throw damaged(String(decoding: bytes.dropFirst(), as: UTF8.self).split(separator: "\n").map(String.init))
        case .ended(let signal):
            throw damaged(["the HDF5 library ended with signal \(signal)"])
        case .noChild:
            throw damaged(["no child process can be made, or its memory does not suffice"])
        }
    }

    private func damaged(_ frames: [String]) -> HDF5Error {
        // The library's own words: "required filter 'lzf' is not registered", or its number without a name.
        if let frame = frames.first(where: { $0.contains("required filter") || $0.contains("filter is not available") })
        {
            let name =
                frame.split(separator: "'").dropFirst().first.map { "'\($0)'" }
                ?? dataset.filters.joined(separator: ", ")
            return HDF5Error(
                .badFile, file: dataset.file.path, object: dataset.path,
                message:
                    "its data went through the filter \(name), which the HDF5 library here does not have; install its plugin and set HDF5_PLUGIN_PATH, or write the file again with 'h5repack -f GZIP=4'",
                frames: frames)
        }
        return HDF5Error(
            .badFile, file: dataset.file.path, object: dataset.path,
            message: "its data cannot be read; the file is damaged", frames: frames)
    }
}
