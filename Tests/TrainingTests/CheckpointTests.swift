import Determinism
import DurableFiles
import Foundation
import Glibc
import Ranks
import Synchronization
import Testing
import TestSupport
import Training
import TrainingSamples

@Suite("Checkpoints")
struct CheckpointTests {
    private static func newest(_ folder: String) throws -> String? {
        try DurableFiles.entries(of: folder).map(\.name).filter { $0.hasPrefix("step-") }.max()
    }

    @Test("training goes on while a checkpoint is written, and begins no second one")
    func behind() throws {
        let truth = try #require(try TrainerTests.train(TrainerTests.job(), ranks: 1).digest)
        let folder = try TemporaryDirectory()
        let watcher = Watcher()
        /// Steps of checkpoints that were begun, and the step that was done when each got its name.
        let writes = Mutex<(begun: [Int], named: [Int])>(([], []))
        let output = try TemporaryDirectory()
        try DurableFiles.intercepting({ step, path in
            if step == .create, path.contains(".staging-"), path.hasSuffix("configuration.json") {
                let begun = writes.withLock {
                    $0.begun.append(2 * ($0.begun.count + 1)); return $0.begun.count * 2
                }
                #expect(path.contains("step-00000000\(begun)/"))
                // Until the next step is done, or too long for a training that waits.
                for _ in 0..<5000 where watcher.step <= begun { usleep(1000) }
            }
            if step == .rename, path.contains("/step-") { writes.withLock { $0.named.append(watcher.step) } }
        }) {
            let trainer = try Trainer(TrainerTests.job(checkpoints: folder.path), gang: SoloGang(), observer: watcher)
            #expect(try trainer.run() == .finished)
            try trainer.writeModel(to: output.path + "/model")
        }
        let seen = writes.withLock { $0 }
        #expect(seen.begun == [2, 4, 6])
        #expect(zip(seen.named, seen.begun).allSatisfy { $0 > $1 } && seen.named.count == 3, "\(seen)")
        #expect(try DurableFiles.treeDigest(output.path + "/model").digest == truth)
    }

    @Test("a full disk ends the training with its exit code and leaves the last checkpoint", arguments: [1, 3])
    func fullDisk(ranks: Int) throws {
        let truth = try #require(try TrainerTests.train(TrainerTests.job(), ranks: 1).digest)
        let folder = try TemporaryDirectory()
        let job = TrainerTests.job(checkpoints: folder.path)
        let failures = Mutex<[any Error]>([])
        _ = try ThreadGang.run(ranks: ranks) { gang in
            try DurableFiles.intercepting({ step, path in
                guard step == .write, path.hasSuffix("optimizer.safetensors"), path.contains("000000004") else {
                    return
                }
                throw DurableFilesError(operation: "write", path: path, errorNumber: ENOSPC)
            }) {
                do {
                    _ = try Trainer(job, gang: gang, observer: Watcher()).run()
                } catch { failures.withLock { $0.append(error) } }
            }
        }
        let found = failures.withLock { $0 }
        #expect(found.count == ranks)
        #expect(found.compactMap { ($0 as? any ExitCoded)?.exitCode } == [74])
        #expect(found.allSatisfy { "\($0)".contains("cannot write") }, "\(found)")
        #expect(try Self.newest(folder.path) == "step-000000002")
        #expect(try TrainerTests.train(job, ranks: 2).digest == truth)
    }

    @Test("a kill at any step of a write leaves the checkpoint before it")
    func killedWriting() throws {
        struct Crash: Error {}
        let truth = try #require(try TrainerTests.train(TrainerTests.job(), ranks: 1).digest)
        // How many steps the second checkpoint takes, until its name is there.
        for moment in 0... {
            let folder = try TemporaryDirectory()
            let job = TrainerTests.job(checkpoints: folder.path)
            let passed = Mutex(0)
            let crashed =
                (try? DurableFiles.intercepting({ _, path in
                    guard path.contains("000000004") else { return }
                    if passed.withLock({
                        $0 += 1; return $0 > moment
                    }) {
                        throw Crash()
                    }
                }) { try Trainer(job, gang: SoloGang(), observer: Watcher()).run() }) == nil
            if !crashed {
                #expect(moment > 10)
                break
            }
            let watcher = Watcher()
            #expect(try TrainerTests.train(job, ranks: 1 + moment % 3, watcher: watcher).digest == truth)
            let wasNamed = watcher.notes.contains { $0.hasPrefix("resumed at step 4 ") }
            let isLeftBehind = watcher.notes.contains { $0.contains("checkpoint 'step-000000004' was interrupted") }
            #expect(wasNamed || watcher.notes.contains { $0.hasPrefix("resumed at step 2 ") }, "\(watcher.notes)")
            #expect(!(wasNamed && isLeftBehind))
        }
    }

    @Test("SIGKILL from outside inside a write, then other ranks: the same bits", .enabled(if: Programs.hasMPI))
    func killedFromOutside() throws {
        let folder = try TemporaryDirectory()
        func command(_ ranks: Int, _ more: [String]) -> [String] {
            let probe = [Programs.path("TrainProbe"), folder.path, "--steps", "6", "--every", "2"] + more
            return ranks == 1 ? probe : Programs.mpirun(ranks, probe)
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Programs.path("TrainProbe"))
        process.arguments = Array(command(1, ["--slow", "200"]).dropFirst())
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        func names() -> [String] { (try? DurableFiles.entries(of: folder.path).map(\.name)) ?? [] }
        for _ in 0..<20_000 where process.isRunning && !names().contains(".staging-step-000000004") { usleep(1000) }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        #expect(names().contains(".staging-step-000000004") && names().contains("step-000000002"))
        let (status, output, errors) = try Programs.run(command(3, []))
        let golden = AwkwardTraining.Variant.plain.golden[6] ?? ""
        #expect(status == 0 && output == "hash \(golden)\n", "\(output)\(errors)")
        #expect(errors.contains("the writing of checkpoint 'step-000000004' was interrupted"))
        #expect(errors.contains("resumed at step 2 of 6"))
    }

    @Test("a checkpoint with a flipped byte is passed over for the one before, said aloud")
    func damaged() throws {
        let truth = try #require(try TrainerTests.train(TrainerTests.job(), ranks: 1).digest)
        let files = [
            "configuration.json", "weights.safetensors", "optimizer.safetensors", "metrics.jsonl", "manifest.json",
        ]
        for name in files {
            let folder = try TemporaryDirectory()
            let job = TrainerTests.job(checkpoints: folder.path)
            _ = try TrainerTests.train(job, ranks: 1, watcher: Watcher(stopAfter: 4, .cancel))
            #expect(
                try DurableFiles.files(below: folder.path + "/step-000000004").map(\.path).sorted() == files.sorted())
            let newest = folder.path + "/step-000000004/" + name
            var bytes = try DurableFiles.read(newest)
            bytes[bytes.count / 2] ^= 4
            try DurableFiles.write(bytes, to: newest)
            let watcher = Watcher()
            #expect(try TrainerTests.train(job, ranks: 2, watcher: watcher).digest == truth)
            #expect(
                watcher.notes.contains { $0.contains("using the checkpoint before it") }, "\(name): \(watcher.notes)")
            #expect(watcher.notes.contains { $0.hasPrefix("resumed at step 2 ") }, "\(name): \(watcher.notes)")
        }
    }

    @Test("no byte of a checkpoint can change unseen: every byte of small files, a sample of large ones")
    func flippedBytes() throws {
        let folder = try TemporaryDirectory()
        _ = try TrainerTests.train(
            TrainerTests.job(checkpoints: folder.path), ranks: 1, watcher: Watcher(stopAfter: 4, .checkpoint))
        let checkpoint = folder.path + "/" + (try #require(try Self.newest(folder.path)))
        #expect(throws: Never.self) { try CheckpointManifest.verified(checkpoint) }
        for file in try DurableFiles.files(below: checkpoint) {
            let path = checkpoint + "/" + file.path
            let bytes = try DurableFiles.read(path)
            for place in stride(
                from: 0, to: bytes.count, by: max(1, bytes.count / (file.path == "manifest.json" ? 1500 : 250)))
            {
                var flipped = bytes
                flipped[place] ^= UInt8(1 << (place % 8))
                try Data(flipped).write(to: URL(fileURLWithPath: path))
                #expect(throws: TrainingError.self, "byte \(place) of \(file.path)") {
                    try CheckpointManifest.verified(checkpoint)
                }
            }
            try Data(bytes).write(to: URL(fileURLWithPath: path))
        }
        #expect(throws: Never.self) { try CheckpointManifest.verified(checkpoint) }
    }

    @Test("a resumed run that computes other bits than were recorded stops and says so")
    func journalled() throws {
        let folder = try TemporaryDirectory()
        _ = try TrainerTests.train(
            TrainerTests.job(checkpoints: folder.path), ranks: 1, watcher: Watcher(stopAfter: 3, .cancel))
        let journal = folder.path + "/journal.jsonl"
        var lines = try DurableFiles.read(journal).split(separator: 10).map { Array($0) }
        let last = lines.removeLast()
        // A damaged line is no proof of anything.
        var damaged = last
        damaged[damaged.count / 2] ^= 1
        try DurableFiles.write(Array((lines + [damaged, last]).joined(separator: [10])) + [10], to: journal)
        let watcher = Watcher()
        _ = try TrainerTests.train(
            TrainerTests.job(checkpoints: folder.path), ranks: 1, watcher: Watcher(stopAfter: 3, .cancel))
        _ = try TrainerTests.train(
            TrainerTests.job(checkpoints: folder.path), ranks: 1, watcher: watcher)
        #expect(watcher.notes.contains { $0.contains("1 lines of") && $0.contains("are damaged") }, "\(watcher.notes)")

        // Whole lines that tell other bits are.
        let record = try #require(StepRecord.lines([UInt8](last.dropFirst(17))).first)
        #expect(record.step == 3)
        let digit = record.lossBits.hasSuffix("0") ? "1" : "0"
        let other = String(decoding: last.dropFirst(17), as: UTF8.self)
            .replacingOccurrences(of: record.lossBits, with: String(record.lossBits.dropLast()) + digit)
        let check = Determinism.Digest(of: other).hexDigits.prefix(16)
        let second = try TemporaryDirectory()
        _ = try TrainerTests.train(
            TrainerTests.job(checkpoints: second.path), ranks: 1, watcher: Watcher(stopAfter: 3, .cancel))
        try DurableFiles.write(
            Array((lines + [Array("\(check) \(other)".utf8)]).joined(separator: [10])) + [10],
            to: second.path + "/journal.jsonl")
        let error = #expect(throws: TrainingError.self) {
            try TrainerTests.train(TrainerTests.job(checkpoints: second.path), ranks: 1)
        }
        #expect(error?.code == .notRepeated)
    }
}
