import Foundation
import HDF5

/// Reads every camera frame of robomimic-layout files and prints the rate: `read-bench FILE… [--rounds N]`.
///
/// One line of JSON a file: bytes of pixels and the least processor seconds of all rounds. The file is in the page cache and opened anew
/// for each round; processor time counts neighbours on a shared machine less than wall time does.
@main
struct ReadBench {
    static func main() throws {
        var files = Array(CommandLine.arguments.dropFirst())
        var rounds = 7
        if let place = files.firstIndex(of: "--rounds"), place + 1 < files.count {
            rounds = Int(files[place + 1]) ?? rounds
            files.removeSubrange(place...place + 1)
        }
        guard !files.isEmpty else {
            FileHandle.standardError.write(Data("usage: read-bench FILE… [--rounds N]\n".utf8))
            exit(64)
        }
        for path in files {
            var best = Double.infinity
            var bytes = 0
            var sum: UInt64 = 0
            for _ in 0..<max(1, rounds) {
                bytes = 0
                sum = 0
                let frames = try cameras(of: try HDF5File(reading: path))
                let start = processorSeconds()
                for dataset in frames {
                    let pixels = try dataset.read(UInt8.self)
                    bytes += pixels.count
                    // Something of every episode is used; the peer does the same.
                    sum &+= UInt64(pixels[pixels.count / 2])
                }
                best = min(best, processorSeconds() - start)
            }
            print(#"{"file":"\#(path)","bytes":\#(bytes),"seconds":\#(best),"check":\#(sum)}"#)
        }
    }

    /// Every `data/DEMO/obs/NAME` that holds images.
    private static func cameras(of file: HDF5File) throws -> [HDF5Dataset] {
        let data = try file.root.group("data")
        return try data.names.flatMap { demo in
            let observations = try data.group(demo).group("obs")
            return try observations.names.map { try observations.dataset($0) }.filter { $0.shape.count == 4 }
        }
    }

    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
