import Kernels
import Ranks

extension Trainer {
    /// Books the time of `body` to `part`, if somebody asked for a profile.
    func keepingBook<Result>(_ part: TimeBook.Part, _ body: () throws -> Result) rethrows -> Result {
        guard let book else { return try body() }
        return try book.time(part, body)
    }

    /// Brings the books of all ranks together and hands them to the observer.
    ///
    /// - Parameters:
    ///   - before: what was booked when the training loop began.
    ///   - seconds: its wall time on this rank.
    func tellProfile(since before: [Double], seconds: Double, steps: Int) throws {
        let spent = zip(book?.booked ?? before, before).map { $0 - $1 }
        var writer = ByteWriter()
        for value in [seconds] + spent { writer.append(value.bitPattern) }
        let ranks = try gang.allGather(writer.bytes).map { bytes in
            var reader = ByteReader(bytes)
            let seconds = Double(bitPattern: reader.word())
            var parts: [String: Double] = [:]
            for part in TimeBook.Part.allCases { parts["\(part)"] = Double(bitPattern: reader.word()) }
            return TrainingProfile.Rank(seconds: seconds, parts: parts)
        }
        guard gang.rank == 0 else { return }
        observer.profiled(
            TrainingProfile(
                steps: steps, threads: job.threads, operations: operations,
                peakOperationsPerSecond: MachinePeak.operationsPerSecond, ranks: ranks))
    }
}
