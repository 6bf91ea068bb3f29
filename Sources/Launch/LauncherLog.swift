import DurableFiles
import Foundation

/// What `mpirun` and the ranks wrote outside of units, and what it says about the end.
struct LauncherLog: Sendable {
    let path: String

    private var text: String { (try? DurableFiles.read(path)).map { String(decoding: $0, as: UTF8.self) } ?? "" }

    /// The rank that died first and of what, in `mpirun`'s own words.
    var death: (rank: Int, cause: String)? {
        for line in text.split(separator: "\n") {
            guard let place = line.range(of: "process rank "), let end = line.range(of: "exited on "),
                let rank = Int(line[place.upperBound...].prefix { $0.isNumber })
            else { continue }
            return (rank, String(line[end.upperBound...]).trimmingCharacters(in: CharacterSet(charactersIn: ". ")))
        }
        return nil
    }

    /// The last lines, without `mpirun`'s boxes.
    func tail(_ count: Int) -> [String] {
        text.split(separator: "\n").filter { !$0.hasPrefix("----") }.suffix(count).map(String.init)
    }
}
