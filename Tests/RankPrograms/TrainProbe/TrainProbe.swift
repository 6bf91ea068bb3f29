import DurableFiles
import Foundation
import Kernels
import Ranks
import Training
import TrainingSamples

/// Trains the awkward model with checkpoints, alone or under `mpirun`, and prints its last state hash on rank 0:
/// `TrainProbe FOLDER [--variant NAME] [--steps N] [--every N] [--threads N] [--slow MILLISECONDS]`; `--sets` names the kernel sets of
/// this processor, `--golden STEPS` the hash that is recorded for so many steps.
///
/// `--slow` lets every step of writing a checkpoint take so long, so that a kill from outside can hit it.
@main
struct TrainProbe {
    static func main() {
        do {
            let arguments = Array(CommandLine.arguments.dropFirst())
            func text(_ name: String) -> String? {
                arguments.firstIndex(of: name).flatMap {
                    arguments.indices.contains($0 + 1) ? arguments[$0 + 1] : nil
                }
            }
            func value(_ name: String) -> Int? { text(name).flatMap { Int($0) } }
            if arguments.first == "--sets" { return print(KernelSet.available.map(\.rawValue).joined(separator: " ")) }
            guard let variant = AwkwardTraining.Variant(rawValue: text("--variant") ?? "plain") else {
                FileHandle.standardError.write(Data("TrainProbe: no variant '\(text("--variant") ?? "")'\n".utf8))
                exit(64)
            }
            if let steps = value("--golden") { return print(variant.golden[steps] ?? "") }
            guard let folder = arguments.first else {
                FileHandle.standardError.write(Data("usage: TrainProbe FOLDER [--steps N] …\n".utf8))
                exit(64)
            }
            var job = AwkwardTraining.job(
                variant, steps: value("--steps") ?? 50, threads: value("--threads") ?? 1)
            job.checkpointFolder = folder
            job.checkpointEvery = value("--every") ?? 5
            let pause = UInt32(1000 * (value("--slow") ?? 0))
            try DurableFiles.intercepting({ _, path in
                if path.contains("/step-") || path.contains("/.staging-") { usleep(pause) }
            }) {
                guard MPIEnvironment.isLaunched else { return try train(job, SoloGang()) }
                let environment = try MPIEnvironment()
                try train(job, MPIGang(environment.world))
                try environment.finalize()
            }
        } catch {
            FileHandle.standardError.write(Data("TrainProbe: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func train(_ job: TrainingJob, _ gang: any Gang) throws {
        let trainer = try Trainer(job, gang: gang, observer: Notes())
        _ = try trainer.run()
        if gang.rank == 0 { print("hash \(trainer.stateHashText)") }
    }
}

/// Passes on what a training has to say.
private struct Notes: TrainingObserver {
    func finished(_ record: StepRecord, pace: StepPace) {
        FileHandle.standardError.write(Data("step \(record.step)\n".utf8))
    }
    func note(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
    var stop: TrainingStop { .none }
}
