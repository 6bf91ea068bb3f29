import Foundation
import HDF5

/// Reads every camera frame of robomimic-layout files and prints the rate: `read-bench FILE… [--rounds N]`, or single frames in an
/// order that jumps: `read-bench FILE --random N`.
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
        if let place = files.firstIndex(of: "--random"), place + 1 < files.count, place > 0 {
            try readRandomly(files[0], count: Int(files[place + 1]) ?? 20_000)
            return
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

    /// Reads `count` single frames, which a linear congruence chooses; the peer chooses the same.
    private static func readRandomly(_ path: String, count: Int) throws {
        let datasets = try cameras(of: try HDF5File(reading: path))
        let frames = datasets.enumerated().flatMap { number, dataset in
            (0..<(dataset.shape.first ?? 0)).map { (number, $0) }
        }
        guard !frames.isEmpty else { return }
        var place: UInt64 = 1
        var (bytes, sum) = (0, UInt64(0))
        let start = processorSeconds()
        for _ in 0..<count {
            place = (place &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407)
            let (number, row) = frames[Int(place >> 33) % frames.count]
            let pixels = try datasets[number].read(UInt8.self, rows: row..<row + 1)
            bytes += pixels.count
            sum &+= UInt64(pixels[pixels.count / 2])
        }
        let seconds = processorSeconds() - start
        print(#"{"file":"\#(path)","frames":\#(count),"bytes":\#(bytes),"seconds":\#(seconds),"check":\#(sum)}"#)
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
