import Kernels
import Ranks

extension Trainer {
    /// Books the time of `body` to `part`, if somebody asked for a profile.
    func keepingBook<Result>(_ part: TimeBook.Part, _ body: () throws -> Result) rethrows -> Result {
        guard let book else { return try body() }
        return try book.time(part, body)
    }

    /// What one core can do at most in this training's precision: bf16 counts where the kernels use an instruction for it.
    var peakOperationsPerSecond: Double {
        job.settings.precision == .bf16 && kernels.set == .avx512bf16
            ? MachinePeak.brainFloatOperationsPerSecond : MachinePeak.operationsPerSecond
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
                peakOperationsPerSecond: peakOperationsPerSecond, ranks: ranks))
    }
}
