import DurableFiles
import Foundation

/// What `mpirun` or `srun` and the ranks wrote outside of units, and what it says about the end.
struct LauncherLog: Sendable {
    let path: String

    private var text: String { (try? DurableFiles.read(path)).map { String(decoding: $0, as: UTF8.self) } ?? "" }

    /// The rank that died first and of what, in the launcher's own words.
    var death: (rank: Int, cause: String)? {
        for line in text.split(separator: "\n") {
            if let place = line.range(of: "process rank "), let end = line.range(of: "exited on "),
                let rank = Int(line[place.upperBound...].prefix { $0.isNumber })
            {
                return (rank, String(line[end.upperBound...]).trimmingCharacters(in: CharacterSet(charactersIn: ". ")))
            }
            // srun: error: n2: task 1: Killed
            if line.hasPrefix("srun: error: "), let place = line.range(of: ": task "),
                let rank = Int(line[place.upperBound...].prefix { $0.isNumber })
            {
                let cause = line[place.upperBound...].drop { $0.isNumber || $0 == ":" || $0 == " " }
                return (rank, String(cause))
            }
        }
        return nil
    }

    /// The last lines, without `mpirun`'s boxes.
    func tail(_ count: Int) -> [String] {
        text.split(separator: "\n").filter { !$0.hasPrefix("----") }.suffix(count).map(String.init)
    }
}
