import ArgumentParser
import Determinism
import DurableFiles
import Foundation
import Inspection
import Ledger
import Observatory
import Pictures

/// Shows what a file, an artifact or a unit's output holds.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what a file or an artifact holds.",
        discussion: """
            A thing is a file or folder: HDF5, safetensors, episode shard, selection, token shard, tokenizer, vocabulary,
            checkpoint, exported model; what it is, its content tells. Where no file has that name it is an output of a run,
            [RUN:]UNIT[/OUTPUT], of the latest run unless one is named. Of HDF5 files the tree is shown, siblings that are
            alike in one line, and of demonstrations also lengths, instructions, streams, ranges and damaged episodes.

            --png writes a contact sheet: frames of evenly chosen episodes, or the codes of an image tokenizer.

            Examples:
              orchestrate inspect data/pusht.hdf5
              orchestrate inspect data/pusht.hdf5 --no-ranges --png frames.png
              orchestrate inspect policy                          the checkpoint of the last run
              orchestrate inspect brave-heron:split/training.selection
              orchestrate inspect codes --png codebook.png
              orchestrate inspect model.safetensors --json

            Exit codes: 65 damaged, of no known kind, or without pictures for --png; 66 no such file, run, unit or output;
            73 the picture cannot be written.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: ArgumentHelp("A file, a folder, or an output as [RUN:]UNIT[/OUTPUT].", valueName: "thing"))
    var thing: String

    @Option(help: ArgumentHelp("Also write a contact sheet there.", valueName: "file"))
    var png: String?

    @Flag(inversion: .prefixedNo, help: "Read all numbers to tell their ranges.")
    var ranges = true

    @Flag(help: "Show every member of an HDF5 file, also those that are alike.")
    var unfolded = false

    /// The JSON form.
    struct Report: Encodable {
        let schema = 1
        /// The run and unit the things are outputs of; absent for a path.
        let run: String?
        let unit: String?
        let things: [InspectionReport]
        /// Where the contact sheet was written.
        let png: String?
    }

    func run() throws {
        let target = try InspectionTarget(thing, store: options.storePath)
        if png != nil, target.places.count > 1 {
            let names = target.places.map { "\(thing)/\($0.output ?? "")" }.joined(separator: ", ")
            throw ValidationError("'\(thing)' has several outputs; name the one to make pictures of: \(names)")
        }
        let progress = InspectionProgress(isShown: Narration.isInteractive && !options.quiet)
        let looking = InspectionOptions(
            readsRanges: ranges, foldsSiblings: !unfolded, progress: { progress.report($0, $1, of: $2) })
        var reports: [InspectionReport] = []
        for place in target.places {
            let inspected = try InspectedPlace(place.path)
            defer { progress.clear() }
            let thing = try Inspector.inspect(inspected, options: looking)
            reports.append(InspectionReport(thing, at: inspected, output: place.output))
            if let png { try writeSheet(of: thing, at: inspected, to: png) }
        }
        if options.json {
            try JSONOutput.print(Report(run: target.run, unit: target.unit, things: reports, png: png))
        } else {
            print(reports.map { $0.lines.joined(separator: "\n") }.joined(separator: "\n\n"))
        }
        // What is damaged is shown first, for that is when one looks.
        if let damage = reports.compactMap(\.damage).first { throw DamagedThing(description: damage) }
    }

    private func writeSheet(of thing: any InspectedThing, at place: InspectedPlace, to path: String) throws {
        guard let sheet = try thing.contactSheet(of: place) else {
            throw InspectionError.noPictures(place.path, kind: type(of: thing).kind)
        }
        let image = sheet.image()
        let bytes = try PNG.encode(image)
        do {
            try DurableFiles.write(bytes, to: path)
        } catch let error as DurableFilesError {
            let reason = error.detail ?? String(cString: strerror(error.errorNumber))
            throw UnwritablePicture(
                description: "the contact sheet cannot be written to '\(path)': \(reason)", isFull: error.isOutOfSpace)
        }
        if !options.quiet {
            Narration.line("contact sheet of \(image.width)×\(image.height) pixels in \(path)")
        }
    }
}

/// A thing that was described and is damaged.
private struct DamagedThing: ExitCoded, CustomStringConvertible {
    let description: String
    let exitCode = ExitCode.badData
}

/// A picture that cannot be put where it was asked for.
private struct UnwritablePicture: ExitCoded, CustomStringConvertible {
    let description: String
    let isFull: Bool
    var exitCode: Int32 { isFull ? ExitCode.inputOutput : ExitCode.cannotCreate }
}
