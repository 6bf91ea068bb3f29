import Foundation
import Scheduling

/// Replays recorded workflows on the tracks of the scheduling protocol and prints what policies reach.
@main
struct Main {
    static func main() throws {
        var arguments = Array(CommandLine.arguments.dropFirst())
        func option(_ name: String) -> [String] {
            var values: [String] = []
            while let place = arguments.firstIndex(of: name), place + 1 < arguments.count {
                values.append(arguments[place + 1])
                arguments.removeSubrange(place...place + 1)
            }
            return values
        }
        let tracks = option("--track")
        let json = option("--json").last
        let durations = option("--durations").last
        let isVerbose = arguments.contains("--cases")
        guard let folder = arguments.first(where: { !$0.hasPrefix("--") }) else {
            FileHandle.standardError.write(
                Data("schedule-bench TRACES [--durations DIR] [--track T2]... [--json FILE] [--cases]\n".utf8))
            exit(64)
        }
        let collection = try TraceCollection(folder: folder)
        var table = ResultTable(isVerbose: isVerbose)
        func wants(_ track: String) -> Bool { tracks.isEmpty || tracks.contains(track) }
        if wants("T1") { try OrderTracks(collection).identicalRanks(into: &table) }
        if wants("T2") { OrderTracks(collection).mixedSpeeds(into: &table) }
        if wants("T2n") { OrderTracks(collection).mixedSpeedsWithNoise(into: &table) }
        if wants("T3") { OrderTracks(collection).transfers(into: &table) }
        if wants("T4") { GangTrack(collection).run(into: &table) }
        if wants("T5") { StreamTrack(collection).run(into: &table) }
        if wants("T6") { CostTrack(collection).run(into: &table) }
        if wants("speed") { SpeedTrack().run(into: &table) }
        if wants("durations"), let durations { try DurationTrack(collection, folder: durations).run(into: &table) }
        if let json { try table.write(to: json) }
    }
}
