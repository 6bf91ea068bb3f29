import Determinism
import Foundation
import Kernels
import Modeling
import Ranks
import Tokenization
import Training

/// Trains a model on random tokens and prints what a step costs, as a line of JSON; under `mpirun` on all its ranks.
///
/// `train-bench [--size small|medium|large] [--precision fp32|bf16] [--steps N] [--threads N] [--checkpoints FOLDER --every N]`;
/// `--describe` prints the model alone, for the peer; `--recompute` computes activations again; `--profile` tells what the time went to;
/// `--compare tax|scaling|profile|recompute`
/// lets two variants take steps in turns; `--learn FOLDER` is a ``LearningRun``. With a folder that holds checkpoints the training is taken up again.
@main
struct TrainBench {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        func value(_ name: String) -> String? {
            arguments.firstIndex(of: name).flatMap { arguments.indices.contains($0 + 1) ? arguments[$0 + 1] : nil }
        }
        guard let size = BenchSize(rawValue: value("--size") ?? "small") else {
            FileHandle.standardError.write(Data("train-bench: sizes are small, medium and large\n".utf8))
            exit(64)
        }
        guard let precision = Precision(rawValue: value("--precision") ?? "fp32") else {
            FileHandle.standardError.write(Data("train-bench: precisions are fp32 and bf16\n".utf8))
            exit(64)
        }
        let steps = value("--steps").flatMap { Int($0) } ?? 5
        let threads = value("--threads").flatMap { Int($0) } ?? 1
        if let folder = value("--learn") {
            return try LearningRun(folder: folder, steps: steps, threads: threads).run()
        }
        if arguments.contains("--describe") { return print(size.description(steps: steps)) }
        if let name = value("--compare") {
            guard let kind = Comparison.Kind(rawValue: name) else {
                FileHandle.standardError.write(Data("train-bench: compare tax, scaling, profile or recompute\n".utf8))
                exit(64)
            }
            func compare(_ gang: any Gang) throws {
                let figures = try Comparison(kind: kind, size: size, threads: threads, gang: gang).run(steps: steps)
                if let figures { try tell(figures) }
            }
            guard MPIEnvironment.isLaunched else { return try compare(SoloGang()) }
            let environment = try MPIEnvironment()
            try compare(MPIGang(environment.world))
            return try environment.finalize()
        }
        let checkpoints = value("--checkpoints").map { (folder: $0, every: value("--every").flatMap { Int($0) } ?? 20) }
        guard MPIEnvironment.isLaunched else {
            return try train(
                size, precision, steps: steps, threads: threads, checkpoints: checkpoints, gang: SoloGang())
        }
        let environment = try MPIEnvironment()
        try train(
            size, precision, steps: steps, threads: threads, checkpoints: checkpoints,
            gang: MPIGang(environment.world))
        try environment.finalize()
    }

    static func train(
        _ size: BenchSize, _ precision: Precision, steps: Int, threads: Int,
        checkpoints: (folder: String, every: Int)?, gang: any Gang
    ) throws {
        var settings = TrainingSettings(
            batch: size.sequences * size.leaves, microBatch: size.sequences, steps: steps + 1, learningRate: 1e-3,
            warmup: 1, weightDecay: 0.1, clip: 1, evaluateEvery: steps + 1, seed: 7)
        settings.precision = precision
        let clock = StepClock()
        var job = TrainingJob(configuration: size.configuration, settings: settings, training: size.corpus())
        job.threads = threads
        job.recompute = CommandLine.arguments.contains("--recompute")
        job.profile = CommandLine.arguments.contains("--profile")
        job.checkpointFolder = checkpoints?.folder
        job.checkpointEvery = checkpoints?.every ?? 0
        clock.begin()
        let trainer = try Trainer(job, gang: gang, observer: clock)
        let first = trainer.step
        _ = try trainer.run()
        // Every rank's processor time counts: what a rank burns while it waits is not free.
        let seconds = try gang.allGather(Array("\(clock.processorSeconds)".utf8)).reduce(0) {
            $0 + (Double(String(decoding: $1, as: UTF8.self)) ?? 0)
        }
        guard gang.rank == 0 else { return }
        let wall = clock.stepSeconds.sorted()
        let memory = TrainingMemory(
            size.configuration, settings, length: size.configuration.context, ranks: gang.count, threads: threads,
            runs: trainer.speeds.runs, saving: checkpoints != nil, recompute: job.recompute)
        var figures: [String: Double] = [
            "ranks": Double(gang.count), "threads": Double(threads), "estimatedBytes": Double(memory.total),
            "residentBytes": Double(clock.peakBytes), "median": wall.isEmpty ? 0 : wall[wall.count / 2],
            "best": wall.first ?? 0,
            "processorSecondsAStep": seconds / Double(steps + 1 - first), "operations": size.operations,
        ]
        figures["secondsToFirstLeaf"] = clock.secondsToFirstLeaf
        if let every = checkpoints?.every {
            // What training waits for, and what the writer's thread takes from the step that follows.
            let steps = clock.stepSeconds.enumerated().map { (number: first + 2 + $0.offset, seconds: $0.element) }
            figures["stallSeconds"] = trainer.checkpointStall / .seconds(1)
            figures["checkpoints"] = Double((steps.last?.number ?? first) / every - first / every)
            func median(_ values: [Double]) -> Double { values.isEmpty ? 0 : values.sorted()[values.count / 2] }
            figures["stepWhileWriting"] = median(steps.filter { ($0.number - 1) % every == 0 }.map(\.seconds))
            figures["stepOtherwise"] = median(steps.filter { ($0.number - 1) % every != 0 }.map(\.seconds))
        }
        try tell(figures)
    }

    private static func tell(_ figures: [String: Double]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        print(String(decoding: try encoder.encode(figures), as: UTF8.self))
    }
}
